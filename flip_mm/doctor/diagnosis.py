# SPDX-License-Identifier: Apache-2.0
"""Run all checks on a data root."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from flip_mm.utils.text import safe_line

from .counts import Count, count
from .coverage import check_images_listed, check_lists_exist, check_shots
from .disk import scan_disk
from .distributions import Distribution, distributions
from .duplicates import Duplicates, check_duplicates, find_duplicates
from .finding import SEVERITIES, Finding, finding, ordered
from .frame_names import ImageName, NameReader
from .image_checks import check_pictures
from .image_facts import ImageFacts, inspect_images
from .list_files import read_lists, unknown_files
from .manifests import read_manifests
from .official import Comparison, compare
from .published import check_complete
from .runs import Verdict, check_runs, judge_run, needed_lists, select_runs

# Of the JSON file: grows when a key is renamed or removed, not when one is added.
VERSION = 1


@dataclass
class Diagnosis:
    """All that is known of a data root.

    Attributes:
        root: Which.
        counts: By domain and class.
        findings: Errors first.
        verdicts: One per chosen run.
        distributions: Of sharpness, brightness and size, by domain and class.
        comparisons: With the authors' lists.
        facts: Path -> what was read; empty where images were not looked at.
        names: Path -> domain, class, and what the name says.
        duplicates: Among the images.
        seconds: That reading the images took.
    """

    root: Path
    counts: list[Count]
    findings: list[Finding]
    verdicts: list[Verdict]
    distributions: list[Distribution] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    facts: Mapping[str, ImageFacts] = field(default_factory=dict)
    names: Mapping[str, ImageName] = field(default_factory=dict)
    duplicates: Duplicates = field(default_factory=Duplicates)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether there are runs and all of them can be trained and tested."""
        return bool(self.verdicts) and not any(verdict.reasons for verdict in self.verdicts)

    def to_dict(self) -> dict:
        """As the JSON file has it."""
        return dict(
            version=VERSION,
            root=str(self.root),
            passed=self.passed,
            totals={severity: sum(f.severity == severity for f in self.findings) for severity in SEVERITIES},
            counts=[asdict(own) for own in self.counts],
            images=dict(read=len(self.facts), seconds=round(self.seconds, 1)),
            findings=[
                dict(
                    code=own.code,
                    severity=own.severity,
                    where=own.where,
                    count=own.count,
                    title=own.kind.title,
                    detail=own.detail,
                    advice=own.kind.advice,
                    examples=[safe_line(text) for text in own.examples],
                )
                for own in self.findings
            ],
            runs=[
                dict(
                    protocol=own.run.protocol,
                    run=own.run.name,
                    sources=list(own.run.sources),
                    aux=list(own.run.aux),
                    target=own.run.target,
                    can_run=not own.reasons,
                    reasons=[safe_line(reason) for reason in own.reasons],
                    trained=own.trained,
                    tested=own.tested,
                    leaks=own.leaks,
                    same_tested=len(own.same_image),
                    near_tested=len(own.similar_image),
                )
                for own in self.verdicts
            ],
            distributions=[asdict(own) for own in self.distributions],
            lists=[
                dict(
                    file=own.file,
                    ours=own.ours,
                    theirs=own.theirs,
                    only_ours=len(own.only_ours),
                    only_theirs=len(own.only_theirs),
                )
                for own in self.comparisons
            ],
        )


def check_dataset(
    root: Path,
    protocols: Collection[str] = (),
    aux: bool = True,
    official: Path | None = None,
    images: bool = True,
    workers: int = 1,
) -> Diagnosis:
    """Check a data root.

    Args:
        root: Folder with ``frame/`` and ``txt/``.
        protocols: Keys of :data:`~flip_mm.datasets.protocols.RUNS`; where empty, every run that has its lists.
        aux: Whether the auxiliary domain trains.
        official: Folder of the authors' lists.
        images: Whether images are read.
        workers: Processes that read them.

    Returns:
        The report. Nothing is written.

    Raises:
        ValueError: ``root`` is no data root, or ``official`` has no lists.
        ImportError: The extra ``prepare`` is not installed.
    """
    if not any((root / part).is_dir() for part in ("frame", "txt")):
        what = "is no folder" if not root.is_dir() else "has neither frame/ nor txt/"
        raise ValueError(
            f"'{root}' {what}: a data root holds frame/ with the images and txt/ with the lists, see docs/real_data.md."
        )
    reader = NameReader()
    lists, disk = read_lists(root, reader), scan_disk(root)
    domains = {key.domain for key in lists} | disk.images.keys()
    runs = select_runs(protocols, lists, domains, aux)
    names = reader.images(disk)
    needed = {key for run in runs for key in needed_lists(run)}
    findings = [found for own in lists.values() for found in own.findings]
    findings += unknown_files(root) + disk.findings + check_lists_exist(root, lists, disk, needed)
    findings += check_shots(root, lists) + check_images_listed(root, lists, disk, reader)
    findings += check_complete(root, lists)
    diagnosis = Diagnosis(root, count(lists, names), findings, [], names=names)
    if official:
        diagnosis.comparisons, own = compare(root, lists, official)
        findings += own
    broken: set[str] = set()
    sums, manifest_errors = read_manifests(root, domains)
    if images:
        findings += finding("manifest_unreadable", "preparation", manifest_errors.values())
        start = time.perf_counter()
        diagnosis.facts = inspect_images(list(names), root / "frame", workers, sums)
        diagnosis.seconds = time.perf_counter() - start
        broken = {path for path, own in diagnosis.facts.items() if own.error}
        used = {path for key, own in lists.items() if key.kind != "shot" for path in own.frames}
        diagnosis.duplicates = find_duplicates(diagnosis.facts, names)
        diagnosis.distributions = distributions(diagnosis.facts, names)
        findings += check_pictures(diagnosis.facts, names, used) + check_duplicates(diagnosis.duplicates, names)
    diagnosis.verdicts = [
        judge_run(root, run, lists, manifest_errors, names.keys(), broken, diagnosis.duplicates) for run in runs
    ]
    diagnosis.findings = ordered(findings + check_runs(diagnosis.verdicts))
    return diagnosis
