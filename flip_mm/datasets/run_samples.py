# SPDX-License-Identifier: Apache-2.0
"""The lists of a run -> its samples; reads no image."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from flip_mm.labels import CLASSES, HIDDEN, LIST_WORDS

from .holdout import held_out_units, holdout_unit
from .lists import Entry, list_path, read_entries
from .naming import original_split
from .protocols import ADAPT, Run
from .sets import DATA_SETS

# The release uses four copies of each shot.
SHOT_COPIES = 4

# (domain, class) -> indices of its samples.
Streams = dict[tuple[str, str], list[int]]
# Domain, class, kind of list -> its lines.
ReadList = Callable[[str, str, str], list[Entry]]


def read_samples(run: Run, split: str, root: Path, read_list: ReadList | None = None) -> tuple[list[dict], Streams]:
    """Read the training or test samples of a run.

    Args:
        run: The run.
        split: ``'train'`` or ``'test'``.
        root: Data root.
        read_list: Reads one list; None reads the file.

    Returns:
        Samples: dicts with ``file``, a path inside ``frame/``, and the keys that :class:`~flip_mm.datasets.FASDataset`
        lists. Streams in the order of a batch; empty for a test.

    Raises:
        FileNotFoundError: A list is missing.
        ValueError: A list has a wrong line or too few lines, or a class is empty.
    """

    def read_file(domain: str, name: str, kind: str) -> list[Entry]:
        return read_entries(list_path(root, domain, name, kind), domain, name)

    reader = _Reader(run, root, read_list or read_file)
    return reader.training() if split == "train" else (reader.test(), {})


def stream_sizes(
    streams: Iterable[tuple[str, str]], batch_size: int, unlabelled_size: int | None = None
) -> dict[tuple[str, str], int]:
    """Number of images of each stream in the batch of one process.

    Args:
        streams: (domain, class) of each stream.
        batch_size: Images of a labelled stream.
        unlabelled_size: Images of the unlabelled stream; None means twice ``batch_size``.
    """
    return {key: (unlabelled_size or 2 * batch_size) if key[1] == ADAPT else batch_size for key in streams}


class _Reader:
    def __init__(self, run: Run, root: Path, read_list: ReadList) -> None:
        self.run, self.root, self.read_list = run, root, read_list

    def training(self) -> tuple[list[dict], Streams]:
        """Sources and auxiliary domains, then the target's shots, then its unlabelled images."""
        samples: list[dict] = []
        streams: Streams = {}

        def add(domain: str, name: str, lines: Iterable[Entry], role: str = "train", copies: int = 1) -> None:
            start = len(samples)
            samples.extend(self._sample(domain, line, role) for line in lines)
            streams[domain, name] = list(range(start, len(samples))) * copies

        run = self.run
        for domain in run.train_domains:
            lines = {name: self._lines(domain, name, "train") for name in LIST_WORDS}
            held_out = self._held_out(domain, lines)
            for name, of_class in lines.items():
                add(domain, name, [line for line in of_class if holdout_unit(line.name) not in held_out])
        for name in LIST_WORDS if run.shots else ():
            add(run.target, name, self._shots(name), copies=SHOT_COPIES)
        if run.unlabelled:
            lines = [line for name in LIST_WORDS for line in self.read_list(run.target, name, run.unlabelled)]
            add(run.target, ADAPT, _with_second_frames(run.target, lines) if run.unlabelled == "test" else lines, ADAPT)
        return samples, streams

    def test(self) -> list[dict]:
        """The sources' development set, then the target."""
        samples = []
        for domain in self.run.sources if self.run.holdout else ():
            lines = {name: self._lines(domain, name, "train") for name in LIST_WORDS}
            held_out = self._held_out(domain, lines)
            for of_class in lines.values():
                kept = [line for line in of_class if holdout_unit(line.name) in held_out]
                samples += [self._sample(domain, line, "dev") for line in _with_second_frames(domain, kept)]
        for name in LIST_WORDS:
            lines = _with_second_frames(self.run.target, self._lines(self.run.target, name, "test"))
            samples += [self._sample(self.run.target, line, "target") for line in lines]
        return samples

    def _sample(self, domain: str, line: Entry, role: str) -> dict:
        """Make the sample of a frame; for a frame that trains without its label, without all that reveals the label."""
        path, parsed = line
        hidden = role == ADAPT
        return dict(
            file=path,
            gt_label=HIDDEN if hidden else CLASSES.index(parsed.label),
            domain=domain,
            domain_index=self.run.domain_index(domain),
            video_id=parsed.video_id,
            subject=parsed.subject,
            session="" if hidden else parsed.session,
            device=parsed.device,
            attack_type="" if hidden else parsed.attack_type,
            medium="" if hidden else parsed.medium,
            frame=parsed.frame,
            role=role,
        )

    def _held_out(self, domain: str, lines: dict[str, list[Entry]]) -> set[str]:
        """Subjects or videos of a source that form the development set, chosen from its lines of both classes."""
        if not self.run.holdout or domain not in self.run.sources:
            return set()
        videos = {name: {parsed.video_id: holdout_unit(parsed) for _, parsed in of_class} for name, of_class in lines.items()}
        return held_out_units(domain, videos, self.run.holdout)

    def _shots(self, name: str) -> list[Entry]:
        """Target images of one class that are added to training."""
        lines = self.read_list(self.run.target, name, "shot")
        if len(lines) < self.run.shots:
            path = list_path(self.root, self.run.target, name, "shot")
            raise ValueError(f"run.shots={self.run.shots}: the list '{path}' has only {len(lines)} lines.")
        return lines[: self.run.shots]

    def _lines(self, domain: str, name: str, split: str) -> list[Entry]:
        """Lines of one class and split."""
        if self.run.protocol != "intra":
            return self.read_list(domain, name, split)
        both = dict(self.read_list(domain, name, "train") + self.read_list(domain, name, "test"))
        lines = [Entry(line, parsed) for line, parsed in both.items() if original_split(line) == split]
        if not lines:
            path = list_path(self.root, domain, name, "*")
            raise ValueError(f"'{path}': no line is in a folder '{split}', which protocol intra uses as the {split} set.")
        return lines


def _with_second_frames(domain: str, lines: Iterable[Entry]) -> list[Entry]:
    """Lines of a list, each followed by the other frame of the video that is tested, if there is one."""
    return [
        Entry(frame, parsed if frame == line else replace(parsed, frame=1))
        for line, parsed in lines
        for frame in DATA_SETS[domain].frames_to_test(line)
    ]
