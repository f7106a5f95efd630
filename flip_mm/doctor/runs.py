# SPDX-License-Identifier: Apache-2.0
"""Can a protocol's runs be trained and tested, and does what trains give away what is tested?"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mmengine.logging import MMLogger

from flip_mm.datasets.fas_dataset import FASDataset
from flip_mm.datasets.leakage import find_leaks
from flip_mm.datasets.protocols import LAYOUTS, RUNS, TESTED, Run, get_run
from flip_mm.labels import LIST_WORDS

from .coverage import Lists
from .duplicates import Duplicates, tested_again
from .finding import Finding, finding
from .list_files import ListKey


@dataclass
class Verdict:
    """Whether a run can be trained and tested.

    Attributes:
        run: Which.
        reasons: Why it cannot; empty where it can.
        trained: Images that train; 0 where lists stop the run.
        tested: Images of the test; 0 where lists stop the run.
        leaks: What training and test have in common, as sentences.
        again: ``'tested = trained'``: the same bytes under another name.
        near: ``'tested ~ trained'``: what looks the same.
    """

    run: Run
    reasons: list[str] = field(default_factory=list)
    trained: int = 0
    tested: int = 0
    leaks: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    near: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Protocol and run, e.g. ``'p1 OCI->M'``."""
        return f"{self.run.protocol} {self.run.name}"


def select_runs(protocols: Collection[str], lists: Lists, domains: Collection[str], aux: bool = True) -> list[Run]:
    """The runs to judge.

    Args:
        protocols: Keys of :data:`~flip_mm.datasets.protocols.RUNS`: those of their runs are taken whose target belongs to the
            data sets that are stored together, as this root has some of them; all where there is none. Without protocols every
            run is taken that has the lists of its sources and its target.
        lists: Of the data root.
        domains: Which have lists or images.
        aux: Whether auxiliary domains train.

    Returns:
        Runs, in the order of the protocols.
    """
    # CelebA-Spoof is stored with all others.
    stored = [own for own in LAYOUTS.values() if {*own} & {*domains} & {*TESTED}]
    chosen = []
    for protocol in RUNS:
        # A run is named by its source where a protocol has several for a target.
        runs = [
            get_run(protocol, target, sources[0] if len(sources) == 1 else None, aux=aux) for sources, target in RUNS[protocol]
        ]
        if protocol in protocols:
            chosen += [run for run in runs if any(run.target in own for own in stored)] or runs
        elif not protocols:
            chosen += [run for run in runs if lists.keys() >= {key for key in needed_lists(run) if key.domain not in run.aux}]
    return chosen


def needed_lists(run: Run) -> list[ListKey]:
    """Lists that a run reads."""
    kinds = [(domain, "train") for domain in run.train_domains] + [(run.target, "test")]
    kinds += [(run.target, "train")] if run.protocol == "intra" else []
    return [ListKey(domain, name, kind) for domain, kind in dict.fromkeys(kinds) for name in LIST_WORDS]


def judge(
    root: Path, run: Run, lists: Lists, there: Collection[str], broken: Collection[str], duplicates: Duplicates
) -> Verdict:
    """Judge one run.

    Args:
        root: Data root.
        run: Which.
        lists: Of the data root.
        there: Images on disk; a set.
        broken: Those that cannot be read; a set.
        duplicates: Among the images.

    Returns:
        The verdict.
    """
    verdict = Verdict(run)
    for key in needed_lists(run):
        name = key.path(root).name
        if key not in lists:
            verdict.reasons.append(f"{name} is missing" + (" (--no-aux trains without)" if key.domain in run.aux else ""))
        else:
            verdict.reasons += [f"{name}: {found.kind.title}: {found.count}" for found in lists[key].blocking]
    if verdict.reasons:
        return verdict
    with _quiet():
        try:
            train, test = (_samples(root, run, split) for split in ("train", "test"))
        except (OSError, ValueError) as error:
            verdict.reasons.append(str(error))
            return verdict
    auxiliary = [line for key in needed_lists(run) if key.domain in run.aux for line in lists[key].lines]
    trained, tested = {*_paths(root, train), *auxiliary}, {*_paths(root, test)}
    verdict.trained, verdict.tested = len(trained), len(tested)
    for word, images in (("training", trained), ("test", tested)):
        if missing := len(images - there):
            verdict.reasons.append(f"{word} images missing: {missing} of {len(images)}")
        if unreadable := len(images & broken):
            verdict.reasons.append(f"{word} images unreadable: {unreadable} of {len(images)}")
    verdict.leaks = [str(leak) for leak in find_leaks(train, test)]
    verdict.again, verdict.near = tested_again(duplicates, trained, tested)
    return verdict


def check_runs(verdicts: Iterable[Verdict]) -> list[Finding]:
    """What runs test and train alike, as findings."""
    verdicts = list(verdicts)
    found = finding("leak", "runs", (f"{v.title}: {leak}" for v in verdicts for leak in v.leaks))
    for code in ("same_tested", "near_tested"):
        own = {v.title: v.again if code == "same_tested" else v.near for v in verdicts}
        texts = (f"{title}: {len(images)} of the test, e.g. {images[0]}" for title, images in own.items() if images)
        found += finding(code, "runs", texts)
    return found


def _samples(root: Path, run: Run, split: str) -> list[dict]:
    """Samples of a run without its auxiliary domains, which are never tested and whose lists are checked already."""
    source = run.sources[0] if len(run.sources) == 1 else None
    chosen = dict(protocol=run.protocol, target=run.target, source=source, aux=False)
    dataset = FASDataset(chosen, split, str(root), pipeline=[], check_files=False, lazy_init=True)
    return dataset.load_data_list()


def _paths(root: Path, samples: Iterable[dict]) -> Iterator[str]:
    """Paths relative to ``frame/``."""
    start = len(str(root / "frame")) + 1
    return (sample["img_path"][start:] for sample in samples)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what reading a list logs: the report says it once."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
