# SPDX-License-Identifier: Apache-2.0
"""Frames and their scores in columns: small in memory, and quick to send to other processes."""

from __future__ import annotations

import io
import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from .checks import Floats, Ints
from .text_column import Codes, as_texts, by_appearance


@dataclass(frozen=True)
class Frames:
    """N frames and their scores.

    Attributes:
        index: (N,) int64, place in the data set.
        label: (N,) int64.
        score: (N,) float64.
        role: (N,).
        file: (N,).
        video: (N,).
        subject: (N,).
        domain: (N,).
        attack_type: (N,).
    """

    index: Ints
    label: Ints
    score: Floats
    role: Codes
    file: Codes
    video: Codes
    subject: Codes
    domain: Codes
    attack_type: Codes

    def __len__(self) -> int:
        """Return N."""
        return len(self.index)

    def take(self, rows: Ints) -> Frames:
        """Return some of the frames."""
        numbers = {name: getattr(self, name)[rows] for name in NUMBERS}
        return Frames(**numbers, **{name: getattr(self, name).take(rows) for name in TEXTS})

    @classmethod
    def joined(cls, parts: Sequence[Frames]) -> Frames:
        """Return the frames of all parts."""
        numbers = {name: np.concatenate([getattr(part, name) for part in parts]) for name in NUMBERS}
        return cls(**numbers, **{name: Codes.joined([getattr(part, name) for part in parts]) for name in TEXTS})

    def in_order(self) -> Frames:
        """Return each file of each role once, the first one, in the order of the data set."""
        order = np.argsort(self.index, kind="stable")
        # There are few roles, so pairs of role and file can be numbered without a search.
        size = len(self.role.names) * len(self.file.names)
        file = self.role.codes.astype(np.int64) * len(self.file.names) + self.file.codes
        again = np.flatnonzero(np.diff(self.index[order]) == 0)
        if (file[order[again]] != file[order[again + 1]]).any():
            # Different files have the same place: the names decide.
            keys = zip(self.index.tolist(), self.role.texts().tolist(), self.file.texts().tolist(), strict=True)
            order = np.array([row for row, _ in sorted(enumerate(keys), key=lambda item: item[1])], np.int64)
        return self.take(order[by_appearance(file[order], size)[1]])

    def to_bytes(self) -> bytes:
        """Return all columns as bytes: the numbers as they are, distinct texts once, as JSON."""
        texts = [getattr(self, name) for name in TEXTS]
        names = json.dumps([column.names.tolist() for column in texts]).encode()
        data = io.BytesIO()
        np.savez(
            data,
            **{name: getattr(self, name) for name in NUMBERS},
            codes=np.stack([column.codes for column in texts]),
            names=np.frombuffer(names, np.uint8),
        )
        return data.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Frames:
        """Undo :meth:`to_bytes`."""
        with np.load(io.BytesIO(data), allow_pickle=False) as columns:
            names = map(as_texts, json.loads(columns["names"].tobytes()))
            texts = map(Codes, names, columns["codes"])
            return cls(**{name: columns[name] for name in NUMBERS}, **dict(zip(TEXTS, texts, strict=True)))


NUMBERS = ("index", "label", "score")
TEXTS = tuple(field.name for field in fields(Frames) if field.name not in NUMBERS)


class FrameStore:
    """Collects frames one by one."""

    def __init__(self) -> None:
        self.clear()

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self._index)

    def clear(self) -> None:
        """Remove all frames."""
        self._index, self._label, self._score = array("q"), array("q"), array("d")
        self._texts: list[tuple[dict[str, int], array]] = [({}, array("i")) for _ in TEXTS]

    def append(self, index: int, label: int, score: float, texts: Sequence[str]) -> None:
        """Add a frame; its texts are in the order of :class:`Frames`."""
        self._index.append(index)
        self._label.append(label)
        self._score.append(score)
        for text, (names, codes) in zip(texts, self._texts, strict=True):
            codes.append(names.setdefault(text, len(names)))

    def frames(self) -> Frames:
        """Return a copy of all frames."""
        numbers = (np.array(part) for part in (self._index, self._label, self._score))
        return Frames(*numbers, *(Codes(as_texts(list(names)), np.array(codes, np.int32)) for names, codes in self._texts))
