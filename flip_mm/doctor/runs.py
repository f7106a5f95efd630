# SPDX-License-Identifier: Apache-2.0
"""Check whether the runs of a protocol can be trained and tested, and whether training data leak into the test."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flip_mm.datasets.leakage import find_leaks
from flip_mm.datasets.lists import Entry
from flip_mm.datasets.protocols import JOINED_BY_ALL, RUNS, Run, get_run
from flip_mm.datasets.run_samples import read_samples
from flip_mm.labels import LIST_WORDS

from .coverage import Lists
from .duplicates import Duplicates, tested_and_trained
from .finding import Finding, make_findings
from .list_files import ListKey


@dataclass
class Verdict:
    """Whether a run can be trained and tested.

    Attributes:
        run: The run.
        reasons: Reasons why it cannot run; empty if it can.
        trained: Number of training images; 0 if wrong lists stop the run.
        tested: Number of test images; 0 if wrong lists stop the run.
        leaks: Videos and subjects that are in both training and test, as sentences.
        same_image: ``'tested = trained'``: images with the same bytes under another name.
        similar_image: ``'tested ~ trained'``: images that look the same.
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


def select_runs(protocols: Collection[str], lists: Lists, aux: bool = True) -> tuple[list[Run], list[Run]]:
    """Select the runs to check.

    Args:
        protocols: Keys of :data:`~flip_mm.datasets.protocols.RUNS`: all their runs are selected. Every data set joins
            ``'intra'`` and ``'celeba'``; of these, the runs are selected that have a list of their target. Without protocols,
            all runs are selected that have the lists of their sources and their target.
        lists: Lists of the data root.
        aux: Whether to train on auxiliary domains.

    Returns:
        Selected runs, and runs of the protocols that are not selected, both in the order of the protocols.
    """
    present = {key.domain for key in lists}
    chosen: list[Run] = []
    skipped: list[Run] = []
    for protocol in RUNS:
        # The source is needed if a protocol has several runs with one target.
        runs = [
            get_run(protocol, target, sources[0] if len(sources) == 1 else None, aux=aux) for sources, target in RUNS[protocol]
        ]
        if protocol in protocols:
            for run in runs:
                (skipped if protocol in JOINED_BY_ALL and run.target not in present else chosen).append(run)
        elif not protocols:
            for run in runs:
                if lists.keys() >= {key for key in needed_list_keys(run) if key.domain not in run.aux}:
                    chosen.append(run)
    return chosen, skipped


def needed_list_keys(run: Run) -> list[ListKey]:
    """Keys of the lists that a run reads."""
    kinds = [(domain, "train") for domain in run.train_domains] + [(run.target, "test")]
    kinds += [(run.target, "train")] if run.protocol == "intra" else []
    return [ListKey(domain, name, kind) for domain, kind in dict.fromkeys(kinds) for name in LIST_WORDS]


def judge_run(
    root: Path,
    run: Run,
    lists: Lists,
    manifest_errors: Mapping[str, str],
    on_disk: Collection[str],
    broken: Collection[str],
    duplicates: Duplicates,
) -> Verdict:
    """Check one run.

    Args:
        root: Data root.
        run: The run.
        lists: Lists of the data root.
        manifest_errors: Domain -> why its manifest cannot be read, which stops training.
        on_disk: Images on disk; a set.
        broken: Unreadable images; a set.
        duplicates: Duplicate images.
    """
    verdict = Verdict(run)
    for key in needed_list_keys(run):
        name = key.path(root).name
        if key not in lists:
            verdict.reasons.append(f"{name} is missing" + (" (not needed with --no-aux)" if key.domain in run.aux else ""))
        else:
            verdict.reasons += [f"{name}: {error.kind.title}: {error.count}" for error in lists[key].blocking]
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
        if missing := len(images - on_disk):
            verdict.reasons.append(f"{word} images missing: {missing} of {len(images)}")
        if unreadable := len(images & broken):
            verdict.reasons.append(f"{word} images unreadable: {unreadable} of {len(images)}")
    verdict.leaks = [str(leak) for leak in find_leaks(train, test)]
    verdict.same_image, verdict.similar_image = tested_and_trained(duplicates, trained, tested)
    return verdict


def run_samples(root: Path, run: Run, lists: Lists, split: str) -> list[dict]:
    """Make the samples of :class:`~flip_mm.datasets.FASDataset` from lists that were already read.

    Args:
        root: Data root, for messages.
        run: The run, without shots and holdout.
        lists: Lists of the data root, with all lists that the run needs.
        split: ``'train'`` or ``'test'``.

    Raises:
        ValueError: A class is empty.
    """

    def read_list(domain: str, name: str, kind: str) -> list[Entry]:
        return [Entry(*line) for line in lists[ListKey(domain, name, kind)].lines.items()]

    return list(read_samples(run, split, root, read_list)[0])


def check_runs(verdicts: Iterable[Verdict]) -> list[Finding]:
    """Make findings of leaks and duplicates between training and test."""
    verdicts = list(verdicts)
    findings = make_findings("leak", "runs", (f"{v.title}: {leak}" for v in verdicts for leak in v.leaks))
    for code in ("same_tested", "near_tested"):
        by_run = {v.title: v.same_image if code == "same_tested" else v.similar_image for v in verdicts}
        texts = (f"{title}: {len(images)} test images, e.g. {images[0]}" for title, images in by_run.items() if images)
        findings += make_findings(code, "runs", texts)
    return findings
