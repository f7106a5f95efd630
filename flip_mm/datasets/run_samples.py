# SPDX-License-Identifier: Apache-2.0
"""The lists of a run -> its samples; reads no image."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from flip_mm.labels import CLASSES, HIDDEN, LIST_WORDS

from .holdout import held_out_units, unit
from .lists import Entry, list_path, read_entries
from .naming import original_split
from .protocols import ADAPT, Run
from .sets import DATA_SETS

# The release fills the streams of a few shots with four copies of each.
SHOT_COPIES = 4

# (domain, class) -> numbers of its samples.
Streams = dict[tuple[str, str], list[int]]
# Domain, class, kind of list -> its lines.
ReadList = Callable[[str, str, str], list[Entry]]


def read_samples(run: Run, split: str, root: Path, read_list: ReadList | None = None) -> tuple[list[dict], Streams]:
    """What trains or is tested in a run.

    Args:
        run: The run.
        split: ``'train'`` or ``'test'``.
        root: Data root.
        read_list: Reads one list; None reads the file.

    Returns:
        Samples: dicts with ``file``, a path inside ``frame/``, and what :class:`~flip_mm.datasets.FASDataset` says of a sample,
        in its order. Streams of a training set, in the order of a batch; of a test none.

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
    """Images of each stream in the batch of one process.

    Args:
        streams: (domain, class) of each.
        batch_size: Of a labelled stream.
        unlabelled_size: Of the stream of unlabelled images; None takes twice ``batch_size``.
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
            for name, own in lines.items():
                add(domain, name, [line for line in own if unit(line.name) not in held_out])
        for name in LIST_WORDS if run.shots else ():
            add(run.target, name, self._shots(name), copies=SHOT_COPIES)
        if run.unlabelled:
            lines = [line for name in LIST_WORDS for line in self.read_list(run.target, name, run.unlabelled)]
            add(run.target, ADAPT, _frames_to_test(run.target, lines) if run.unlabelled == "test" else lines, ADAPT)
        return samples, streams

    def test(self) -> list[dict]:
        """The sources' development set, then the target."""
        samples = []
        for domain in self.run.sources if self.run.holdout else ():
            lines = {name: self._lines(domain, name, "train") for name in LIST_WORDS}
            held_out = self._held_out(domain, lines)
            for own in lines.values():
                kept = [line for line in own if unit(line.name) in held_out]
                samples += [self._sample(domain, line, "dev") for line in _frames_to_test(domain, kept)]
        for name in LIST_WORDS:
            lines = _frames_to_test(self.run.target, self._lines(self.run.target, name, "test"))
            samples += [self._sample(self.run.target, line, "target") for line in lines]
        return samples

    def _sample(self, domain: str, line: Entry, role: str) -> dict:
        """All that is known of a frame; of one that trains without its label nothing that tells it."""
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
        """Subjects or videos of a source, given by its lines of either class, that form the development set."""
        if not self.run.holdout or domain not in self.run.sources:
            return set()
        videos = {name: {parsed.video_id: unit(parsed) for _, parsed in own} for name, own in lines.items()}
        return held_out_units(domain, videos, self.run.holdout)

    def _shots(self, name: str) -> list[Entry]:
        """The target's images that join training."""
        lines = self.read_list(self.run.target, name, "shot")
        if len(lines) < self.run.shots:
            path = list_path(self.root, self.run.target, name, "shot")
            raise ValueError(f"run.shots={self.run.shots}: the list '{path}' has {len(lines)} lines.")
        return lines[: self.run.shots]

    def _lines(self, domain: str, name: str, split: str) -> list[Entry]:
        """Lines of one class that belong to a split."""
        if self.run.protocol != "intra":
            return self.read_list(domain, name, split)
        both = dict(self.read_list(domain, name, "train") + self.read_list(domain, name, "test"))
        own = [Entry(line, parsed) for line, parsed in both.items() if original_split(line) == split]
        if not own:
            path = list_path(self.root, domain, name, "*")
            raise ValueError(f"'{path}': no line lies in a folder '{split}', which protocol intra takes for the {split} set.")
        return own


def _frames_to_test(domain: str, lines: Iterable[Entry]) -> list[Entry]:
    """The frames that a test shows."""
    return [Entry(*frame) for line in lines for frame in DATA_SETS[domain].entries_to_test(*line)]
