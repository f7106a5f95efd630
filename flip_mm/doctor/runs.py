# SPDX-License-Identifier: Apache-2.0
"""Can a protocol's runs be trained and tested, and does what trains give away what is tested?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flip_mm.datasets.leakage import find_leaks
from flip_mm.datasets.lists import Entry
from flip_mm.datasets.protocols import LAYOUTS, RUNS, TESTED, Run, get_run
from flip_mm.datasets.run_samples import read_samples
from flip_mm.labels import LIST_WORDS

from .coverage import Lists
from .duplicates import Duplicates, tested_and_trained
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
        same_image: ``'tested = trained'``: the same bytes under another name.
        similar_image: ``'tested ~ trained'``: what looks the same.
    """

    run: Run
    reasons: list[str] = field(default_factory=list)
    trained: int = 0
    tested: int = 0
    leaks: list[str] = field(default_factory=list)
    same_image: list[str] = field(default_factory=list)
    similar_image: list[str] = field(default_factory=list)

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


def judge_run(
    root: Path,
    run: Run,
    lists: Lists,
    manifest_errors: Mapping[str, str],
    there: Collection[str],
    broken: Collection[str],
    duplicates: Duplicates,
) -> Verdict:
    """Judge one run.

    Args:
        root: Data root.
        run: Which.
        lists: Of the data root.
        manifest_errors: Domain -> why its manifest cannot be read, which stops a training.
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
    verdict.reasons += [
        manifest_errors[key] for key in dict.fromkeys((*run.train_domains, run.target)) if key in manifest_errors
    ]
    if verdict.reasons:
        return verdict
    try:
        train, test = (run_samples(root, run, lists, split) for split in ("train", "test"))
    except ValueError as error:
        verdict.reasons.append(str(error))
        return verdict
    trained, tested = ({sample["file"] for sample in samples} for samples in (train, test))
    verdict.trained, verdict.tested = len(trained), len(tested)
    for word, images in (("training", trained), ("test", tested)):
        if missing := len(images - there):
            verdict.reasons.append(f"{word} images missing: {missing} of {len(images)}")
        if unreadable := len(images & broken):
            verdict.reasons.append(f"{word} images unreadable: {unreadable} of {len(images)}")
    verdict.leaks = [str(leak) for leak in find_leaks(train, test)]
    verdict.same_image, verdict.similar_image = tested_and_trained(duplicates, trained, tested)
    return verdict


def run_samples(root: Path, run: Run, lists: Lists, split: str) -> list[dict]:
    """What :class:`~flip_mm.datasets.FASDataset` shows of a run, from lists that are read.

    Args:
        root: Data root, for messages.
        run: Which, without shots and held-out videos.
        lists: Of the data root, all that the run needs among them.
        split: ``'train'`` or ``'test'``.

    Raises:
        ValueError: A class is empty.
    """

    def read_list(domain: str, name: str, kind: str) -> list[Entry]:
        return [Entry(*line) for line in lists[ListKey(domain, name, kind)].lines.items()]

    return read_samples(run, split, root, read_list)[0]


def check_runs(verdicts: Iterable[Verdict]) -> list[Finding]:
    """What runs test and train alike, as findings."""
    verdicts = list(verdicts)
    found = finding("leak", "runs", (f"{v.title}: {leak}" for v in verdicts for leak in v.leaks))
    for code in ("same_tested", "near_tested"):
        own = {v.title: v.same_image if code == "same_tested" else v.similar_image for v in verdicts}
        texts = (f"{title}: {len(images)} of the test, e.g. {images[0]}" for title, images in own.items() if images)
        found += finding(code, "runs", texts)
    return found
