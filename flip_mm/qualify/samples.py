# SPDX-License-Identifier: Apache-2.0
"""The pictures that a detector is judged on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from flip_mm.datasets.image_source import image_prefix, is_packed
from flip_mm.datasets.labelled_folder import read_labelled_folder
from flip_mm.datasets.protocols import RUNS, get_run
from flip_mm.datasets.run_samples import read_samples
from flip_mm.labels import REAL, SPOOF
from flip_mm.utils.stable_order import hash_order


@dataclass(frozen=True)
class Sample:
    """A picture.

    Attributes:
        path: As for :func:`~flip_mm.datasets.image_source.read_image_file`.
        name: Its path inside the data, with ``/``.
        label: 1 real, 0 spoof.
        attack: Attack type; ``'bonafide'`` for real.
        presentation: Pictures of one presentation (the frames of a video) have the same name; their scores are averaged.
    """

    path: str
    name: str
    label: int
    attack: str
    presentation: str


def read_folder(root: Path) -> list[Sample]:
    """Find the pictures in ``real/`` and ``spoof/``, see :func:`~flip_mm.datasets.labelled_folder.read_labelled_folder`."""
    files = read_labelled_folder(root, videos=False)
    return [Sample(str(file.path), file.name, file.label, file.attack_type, file.video) for file in files]


def is_data_root(root: Path) -> bool:
    """Return whether a folder is a data root: images and lists."""
    return (root / "txt").is_dir() and ((root / "frame").is_dir() or is_packed(root))


def read_data_root(root: Path, target: str) -> list[Sample]:
    """Return the test images of a domain; the frames of a video are one presentation.

    Args:
        root: Data root.
        target: Domain of a protocol.

    Raises:
        FileNotFoundError: A list is missing.
        ValueError: No protocol tests the domain, a list has a wrong line, or a class is empty.
    """
    # The test lists of a domain are the same in all of these protocols.
    runs = [(protocol, run) for protocol, runs in RUNS.items() if protocol != "intra" for run in runs]
    found = next(((protocol, sources) for protocol, (sources, to) in runs if to == target), None)
    if found is None:
        domains = dict.fromkeys(to for _, (_, to) in runs)
        raise ValueError(f"--target {target!r} is no domain that a protocol tests; choose from {', '.join(domains)}.")
    protocol, sources = found
    table, _ = read_samples(get_run(protocol, target, sources[0] if len(sources) == 1 else None, aux=False), "test", root)
    prefix = image_prefix(root)
    return [
        Sample(prefix + row["file"], row["file"], row["gt_label"], row["attack_type"], row["video_id"])
        for row in table
        if row["role"] == "target"
    ]


def spread(samples: Sequence[Sample], most: int) -> list[Sample]:
    """Choose at most ``most`` pictures, the same at every call: classes in equal parts, and the attack types among them.

    Args:
        samples: The pictures.
        most: Their maximum number.

    Example:
        >>> rows = [Sample("", str(i), int(i < 9), "bonafide" if i < 9 else "print", str(i)) for i in range(12)]
        >>> [sample.label for sample in spread(rows, 4)]
        [0, 0, 1, 1]
    """
    kinds: dict[tuple[int, str], list[Sample]] = defaultdict(list)
    for sample in sorted(samples, key=lambda sample: hash_order(sample.name)):
        kinds[sample.label, sample.attack].append(sample)
    chosen = []
    for label in (SPOOF, REAL):
        own = [group for (of, _), group in sorted(kinds.items()) if of == label]
        chosen += _in_turns(own)[: most // 2 if label == SPOOF else most - len(chosen)]
    return chosen


def _in_turns(groups: Iterable[Sequence[Sample]]) -> list[Sample]:
    """The first of each group, then the second of each, and so on."""
    ranked = [(place, number, sample) for number, group in enumerate(groups) for place, sample in enumerate(group)]
    return [sample for *_, sample in sorted(ranked, key=lambda item: item[:2])]
