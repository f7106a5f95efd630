# SPDX-License-Identifier: Apache-2.0
"""A table of samples and their scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from flip_mm.labels import BONA_FIDE
from flip_mm.utils.text import plain_name

from .checks import Floats, Ints, check_scores, check_values
from .functional import means, mixed_labels
from .score_checks import are_consistent, are_distinct
from .text_column import Codes, TextColumn, Texts, as_texts, by_appearance

TEXTS = ("file", "video", "subject", "domain", "attack_type")
LEVELS = ("video", "frame")


class RowError(ValueError):
    """A row of a table is invalid.

    Attributes:
        row: Number of the row, from 0.
    """

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row = row


@dataclass(frozen=True)
class ScoreTable:
    """N samples, frames or videos, in the order of the test list.

    A column of texts may be given as a :class:`~flip_mm.evaluation.text_column.TextColumn`. Its attribute becomes an array of
    texts when it is read for the first time. From then on the array is the column, because the reader may change it.

    Attributes:
        file: (N,) str; for a video, its first frame.
        video: (N,) str; a sample with '' (unknown) counts as a separate video.
        subject: (N,) str, unique within the domain, '' if unknown.
        domain: (N,) str.
        attack_type: (N,) str, ``'bonafide'`` for real.
        label: (N,) int64, 1 real, 0 spoof.
        score: (N,) float64, probability of real.

    Raises:
        ValueError: A score is no probability, a label is neither 0 nor 1, or the columns differ in length.
    """

    file: Texts
    video: Texts
    subject: Texts
    domain: Texts
    attack_type: Texts
    label: Ints
    score: Floats

    def __post_init__(self) -> None:
        """Check the columns once, so that metrics need not check them again."""
        compact = {name: column for name in TEXTS if isinstance(column := getattr(self, name), TextColumn)}
        for name in compact:
            object.__delattr__(self, name)
        object.__setattr__(self, "_compact", compact)
        score, label = check_values(self.score, self.label)
        object.__setattr__(self, "score", score)
        object.__setattr__(self, "label", label)
        lengths = {name: len(compact.get(name, self.__dict__.get(name))) for name in COLUMNS}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"The columns of a score table must be of one length, got {lengths}.")

    def __getattr__(self, name: str) -> Texts:
        """Return a column that was given as a compact one."""
        compact = dict(self.__dict__.get("_compact", {}))
        if name not in compact:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        texts = compact.pop(name).texts()
        object.__setattr__(self, name, texts)
        # A copy of this table may still use the old one.
        object.__setattr__(self, "_compact", compact)
        return texts

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.score)

    def column(self, name: str) -> TextColumn:
        """Return a column of texts in a compact form."""
        return self._compact[name] if name in self._compact else Codes.of(getattr(self, name))

    def texts(self, name: str) -> Texts:
        """Return a column of texts (N,) to read. A compact column stays compact."""
        return self._compact[name].texts() if name in self._compact else getattr(self, name)

    @classmethod
    def from_columns(
        cls, file: Codes, video: Codes, subject: Codes, domain: Codes, attack_type: Codes, label: Ints, score: Floats
    ) -> ScoreTable:
        """Build and check a table of frames from its columns, each (N,).

        Raises:
            RowError: See :meth:`from_frames`.
        """
        columns = (file, video, subject, domain, attack_type, label, score)
        used = np.flatnonzero(np.bincount(file.codes))
        names = file.names[used].tolist()
        if all(names) and len(names) == len(score) and are_distinct(names) and are_consistent(*columns):
            return cls(*columns)
        texts = (column.texts().tolist() for column in columns[:-2])
        return cls.from_frames(zip(*texts, label.tolist(), score.tolist(), strict=True))

    @classmethod
    def from_frames(cls, rows: Iterable[tuple[str, str, str, str, str, int, float]]) -> ScoreTable:
        """Build and check a table of frames.

        Args:
            rows: One tuple per frame, in the order of the columns.

        Raises:
            RowError: A frame has no name or is there twice; its score is no probability; label and attack type contradict each
                other; the frames of a video differ in class, attack type, subject or domain; or two names of files or videos
                differ only in invisible characters.
        """
        rows = list(rows)
        files: set[str] = set()
        videos: dict[str, tuple] = {}
        spellings: dict[tuple[str, str], str] = {}
        for row, (file, video, *common, score) in enumerate(rows):
            label, attack = common[-1], common[-2]
            if not 0 <= score <= 1:
                raise RowError(
                    row,
                    f"'{file}' has the score {score}: expected a probability in 0..1. NaN means that the model diverged or "
                    "the input was broken; other values that softmax was not applied.",
                )
            if label not in (0, 1):
                raise RowError(row, f"'{file}' has the label {label}: expected 0 (spoof) or 1 (real).")
            if not file:
                raise RowError(row, "the name of the file is empty: every frame needs a name.")
            if file in files:
                raise RowError(row, f"'{file}' is there twice: every frame counts once.")
            for kind, name in (("file", file), ("video", video)):
                first = spellings.setdefault((kind, plain_name(name)), name)
                if first != name and name.strip():
                    raise RowError(
                        row,
                        f"the {kind}s {first!a} and {name!a} differ only in blanks, invisible characters or the "
                        "encoding of letters: write them in the same way if they are the same, otherwise rename one.",
                    )
            if not attack or (attack == BONA_FIDE) != (label == 1):
                wanted = f"'{BONA_FIDE}'" if label else f"the name of an attack, not '{BONA_FIDE}'"
                raise RowError(row, f"'{file}' has the label {label} and attack_type '{attack}': expected {wanted}.")
            alone = not video.strip()
            seen = videos.setdefault(file if alone else video, (*common, alone, file))
            if seen[-2] != alone:
                raise RowError(
                    row,
                    f"'{seen[-1]}' and '{file}': one of them names no video, so its file name counts as its video, but the "
                    "other one's video has the same name: fill in the column video.",
                )
            if seen[3] != label:
                raise RowError(row, f"Video '{video}' has frames of both classes: '{seen[-1]}' and '{file}'.")
            if list(seen[:-2]) != common:
                raise RowError(
                    row,
                    f"Video '{video}' has frames of different subjects, domains or attack types: '{seen[-1]}' and '{file}'.",
                )
            files.add(file)
        columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
        texts = map(as_texts, columns[:-2])
        return cls(*texts, np.array(columns[-2], dtype=np.int64), np.array(columns[-1], dtype=np.float64))

    def check_classes(self) -> None:
        """Raise a ValueError unless the table has samples of both classes."""
        check_scores(self.score, self.label)

    def rows(self) -> Iterable[tuple[Any, ...]]:
        """Return the samples as tuples of Python's built-in types."""
        return zip(*(self.texts(name).tolist() for name in TEXTS), self.label.tolist(), self.score.tolist(), strict=True)

    @property
    def videos(self) -> Texts:
        """The video of each sample (N,) str: ``video``, or ``file`` if that is empty."""
        return self.video_codes().texts()

    def video_codes(self) -> Codes:
        """Return ``videos`` as numbers."""
        video = self.column("video").coded()
        blank = np.array([not name.strip() for name in video.names.tolist()], bool)[video.codes]
        return Codes.of(np.where(blank, self.texts("file"), video.texts())) if blank.any() else video

    def with_scores(self, score: Floats) -> ScoreTable:
        """Return the same samples with other scores (N,)."""
        return ScoreTable(**{name: self.column(name) for name in TEXTS}, label=self.label, score=score)

    def at_level(self, level: str) -> ScoreTable:
        """Return this table of frames, or a table of videos (:func:`~flip_mm.evaluation.functional.average_videos`)."""
        if level == "frame":
            return self
        videos = self.video_codes()
        numbers, first = by_appearance(videos.codes, len(videos.names))
        mixed = mixed_labels(numbers, first, self.label)
        if mixed.size:
            video = videos.names[videos.codes[mixed[0]]]
            raise ValueError(f"Video '{video}' has frames of both classes: a list names it under real and under fake.")
        texts = {name: self.column(name).take(first) for name in TEXTS}
        return ScoreTable(**texts, label=self.label[first], score=means(numbers, self.score))


COLUMNS = tuple(field.name for field in fields(ScoreTable))
