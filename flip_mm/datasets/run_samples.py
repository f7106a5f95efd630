# SPDX-License-Identifier: Apache-2.0
"""The lists of a run -> its samples; reads no image."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import numpy as np

from flip_mm.labels import CLASSES, HIDDEN, LIST_WORDS

from .data_roots import DataRoots
from .holdout import held_out_units, is_held_out, unit_sizes
from .lists import Entry, list_path
from .naming import original_split
from .parsed_lines import ParsedLines, Tables, pack_entries, parse_list
from .protocols import ADAPT, ROLES, Run
from .sample_table import Group, SampleTable

# The release uses four copies of each shot.
SHOT_COPIES = 4

# (domain, class) -> indices of its samples.
Streams = dict[tuple[str, str], Sequence[int]]
# Domain, class, kind of list -> its lines.
ReadList = Callable[[str, str, str], list[Entry]]


def read_samples(
    run: Run, split: str, root: Path | DataRoots, read_list: ReadList | None = None, roles: Collection[str] = ROLES
) -> tuple[SampleTable, Streams]:
    """Read the training or test samples of a run.

    Args:
        run: The run.
        split: ``'train'`` or ``'test'``.
        root: Data root, or several.
        read_list: Reads one list; None reads the file.
        roles: Roles of a test: ``'dev'``, ``'target'`` or both.

    Returns:
        Samples with ``file``, a path inside ``frame/``, and the keys that :class:`~flip_mm.datasets.FASDataset` lists.
        Streams in the order of a batch; empty for a test.

    Raises:
        FileNotFoundError: A list is missing.
        ValueError: A list has a wrong line or too few lines, or a class is empty.
    """
    reader = _Reader(run, root, read_list)
    return reader.training() if split == "train" else (reader.test(roles), {})


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
    def __init__(self, run: Run, root: Path | DataRoots, read_list: ReadList | None) -> None:
        self.run, self.root, self.entries = run, root, read_list
        self.tables = Tables()
        self.parts: list[tuple[Group, ParsedLines]] = []

    def training(self) -> tuple[SampleTable, Streams]:
        """Sources and auxiliary domains, then the target's shots, then its unlabelled images."""
        run, streams = self.run, {}
        for domain in run.train_domains:
            lines = {name: self._lines(domain, name, "train") for name in LIST_WORDS}
            held_out = self._held_out(domain, lines)
            for name, of_class in lines.items():
                kept = of_class.take(~self._is_held_out(of_class, held_out)) if held_out else of_class
                streams[domain, name] = self._add(domain, name, kept, "train")
        for name in LIST_WORDS if run.shots else ():
            streams[run.target, name] = [*self._add(run.target, name, self._shots(name), "train")] * SHOT_COPIES
        if run.unlabelled:
            lines = ParsedLines.concat([self.read_list(run.target, name, run.unlabelled) for name in LIST_WORDS])
            if run.unlabelled == "test":
                lines = lines.with_second_frames(run.target, self.tables)
            streams[run.target, ADAPT] = self._add(run.target, ADAPT, lines, ADAPT)
        return self._table(), streams

    def test(self, roles: Collection[str]) -> SampleTable:
        """The sources' development set, then the target."""
        run = self.run
        for domain in run.sources if run.holdout and "dev" in roles else ():
            lines = {name: self._lines(domain, name, "train") for name in LIST_WORDS}
            held_out = self._held_out(domain, lines)
            for name, of_class in lines.items():
                kept = of_class.take(self._is_held_out(of_class, held_out))
                self._add(domain, name, kept.with_second_frames(domain, self.tables), "dev")
        for name in LIST_WORDS if "target" in roles else ():
            lines = self._lines(run.target, name, "test")
            self._add(run.target, name, lines.with_second_frames(run.target, self.tables), "target")
        return self._table()

    def read_list(self, domain: str, name: str, kind: str) -> ParsedLines:
        """Read a list."""
        if self.entries:
            return pack_entries(self.entries(domain, name, kind), self.tables)
        return parse_list(list_path(self.root, domain, name, kind), domain, name, self.tables)

    def _add(self, domain: str, name: str, lines: ParsedLines, role: str) -> range:
        """Add samples of a domain and class, and return their indices."""
        start = sum(len(own) for _, own in self.parts)
        label = HIDDEN if role == ADAPT else CLASSES.index(name)
        self.parts.append((Group(domain, self.run.domain_index(domain), label, role), lines))
        return range(start, start + len(lines))

    def _table(self) -> SampleTable:
        lines = ParsedLines.concat([own for _, own in self.parts])
        groups = np.repeat(np.arange(len(self.parts), dtype=np.int32), [len(own) for _, own in self.parts])
        return SampleTable(lines.videos, lines.codes, groups, self.tables, [group for group, _ in self.parts])

    def _held_out(self, domain: str, lines: dict[str, ParsedLines]) -> set[str]:
        """Subjects or videos of a source that form the development set, chosen from its lines of both classes."""
        if not self.run.holdout or domain not in self.run.sources:
            return set()
        subjects = list(self.tables.subjects)
        return held_out_units(domain, {name: unit_sizes(own, subjects) for name, own in lines.items()}, self.run.holdout)

    def _is_held_out(self, lines: ParsedLines, held_out: set[str]) -> np.ndarray:
        return is_held_out(lines, list(self.tables.subjects), held_out)

    def _shots(self, name: str) -> ParsedLines:
        """Target images of one class that are added to training."""
        lines = self.read_list(self.run.target, name, "shot")
        if len(lines) < self.run.shots:
            path = list_path(self.root, self.run.target, name, "shot")
            raise ValueError(f"run.shots={self.run.shots}: the list '{path}' has only {len(lines)} lines.")
        return lines.take(slice(self.run.shots))

    def _lines(self, domain: str, name: str, split: str) -> ParsedLines:
        """Lines of one class and split."""
        if self.run.protocol != "intra":
            return self.read_list(domain, name, split)
        both = ParsedLines.concat([self.read_list(domain, name, kind) for kind in ("train", "test")])
        # The lists may have lines in common.
        kept = {line: number for number, line in reversed([*enumerate(both.lines(self.tables))])}
        chosen = sorted(number for line, number in kept.items() if original_split(line) == split)
        if not chosen:
            path = list_path(self.root, domain, name, "*")
            raise ValueError(f"'{path}': no line is in a folder '{split}', which protocol intra uses as the {split} set.")
        return both.take(np.array(chosen))
