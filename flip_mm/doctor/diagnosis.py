# SPDX-License-Identifier: Apache-2.0
"""Run all checks on a data root."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from flip_mm.datasets.image_source import is_packed
from flip_mm.utils.text import safe_line

from .counts import Count, count_images
from .coverage import check_images_listed, check_lists_exist, check_shots
from .disk import scan_disk
from .distributions import Distribution, distributions
from .duplicates import Duplicates, check_duplicates, find_duplicates
from .finding import SEVERITIES, Finding, make_findings, sort_findings
from .frame_names import ImageName, NameReader
from .image_checks import check_images
from .image_facts import ImageFacts, inspect_images
from .list_comparison import Comparison, compare_lists
from .list_files import read_lists, unknown_files
from .manifests import read_manifests
from .published_counts import check_complete
from .runs import Verdict, check_runs, judge_run, needed_list_keys, select_runs

# Version of the JSON file; it increases if a key is renamed or removed, but not if one is added.
VERSION = 1


@dataclass
class Diagnosis:
    """Result of all checks of a data root.

    Attributes:
        root: The data root.
        counts: Counts by domain and class.
        findings: Findings, errors first.
        verdicts: One verdict per chosen run.
        skipped: Runs of the chosen protocols that were not checked, because the root has no list of their target.
        distributions: Distributions of sharpness, brightness and size, by domain and class.
        comparisons: Comparisons with the authors' lists.
        facts: Path -> measured properties of the image; empty if images were not read.
        names: Path -> domain, class and parsed name.
        duplicates: Duplicate images.
        seconds: Time to read the images.
    """

    root: Path
    counts: list[Count]
    findings: list[Finding]
    verdicts: list[Verdict]
    skipped: list[str] = field(default_factory=list)
    distributions: list[Distribution] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    facts: Mapping[str, ImageFacts] = field(default_factory=dict)
    names: Mapping[str, ImageName] = field(default_factory=dict)
    duplicates: Duplicates = field(default_factory=Duplicates)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether there are runs, and all of them can be trained and tested."""
        return bool(self.verdicts) and not any(verdict.reasons for verdict in self.verdicts)

    def to_dict(self) -> dict:
        """Content of the JSON file."""
        return dict(
            version=VERSION,
            root=str(self.root),
            passed=self.passed,
            totals={severity: sum(f.severity == severity for f in self.findings) for severity in SEVERITIES},
            counts=[asdict(item) for item in self.counts],
            images=dict(read=len(self.facts), seconds=round(self.seconds, 1)),
            findings=[
                dict(
                    code=item.code,
                    severity=item.severity,
                    where=item.where,
                    count=item.count,
                    title=item.kind.title,
                    detail=item.detail,
                    advice=item.kind.advice,
                    examples=[safe_line(text) for text in item.examples],
                )
                for item in self.findings
            ],
            runs=[
                dict(
                    protocol=item.run.protocol,
                    run=item.run.name,
                    sources=list(item.run.sources),
                    aux=list(item.run.aux),
                    target=item.run.target,
                    can_run=not item.reasons,
                    reasons=[safe_line(reason) for reason in item.reasons],
                    trained=item.trained,
                    tested=item.tested,
                    leaks=item.leaks,
                    same_tested=len(item.same_image),
                    near_tested=len(item.similar_image),
                )
                for item in self.verdicts
            ],
            skipped_runs=self.skipped,
            distributions=[asdict(item) for item in self.distributions],
            lists=[
                dict(
                    file=item.file,
                    ours=item.ours,
                    theirs=item.theirs,
                    only_ours=len(item.only_ours),
                    only_theirs=len(item.only_theirs),
                )
                for item in self.comparisons
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
        protocols: Keys of :data:`~flip_mm.datasets.protocols.RUNS`; if empty, every run that has its lists.
        aux: Whether to train on the auxiliary domain.
        official: Folder of the authors' lists.
        images: Whether to read the images.
        workers: Number of processes that read images.

    Returns:
        The diagnosis. No file is written.

    Raises:
        ValueError: ``root`` is no data root, or ``official`` has no lists.
        ImportError: The extra ``prepare`` is not installed.
    """
    if is_packed(root):
        raise ValueError(f"'{root}' is a packed data root: check the data root that was packed; see docs/packed_data.md.")
    if not any((root / part).is_dir() for part in ("frame", "txt")):
        wrong = "is no folder" if not root.is_dir() else "has neither frame/ nor txt/"
        raise ValueError(
            f"'{root}' {wrong}: a data root contains frame/ with the images and txt/ with the lists, see docs/real_data.md."
        )
    reader = NameReader()
    lists, disk = read_lists(root, reader), scan_disk(root)
    domains = {key.domain for key in lists} | disk.images.keys()
    runs, skipped = select_runs(protocols, lists, aux)
    names = reader.images(disk)
    needed = {key for run in runs for key in needed_list_keys(run)}
    findings = [one for list_file in lists.values() for one in list_file.findings]
    findings += unknown_files(root) + disk.findings + check_lists_exist(root, lists, disk, needed)
    findings += check_shots(root, lists) + check_images_listed(root, lists, disk, reader)
    findings += check_complete(root, lists)
    diagnosis = Diagnosis(root, count_images(lists, names), findings, [], names=names)
    if official:
        diagnosis.comparisons, list_findings = compare_lists(root, lists, official)
        findings += list_findings
    broken: set[str] = set()
    sums, manifest_errors = read_manifests(root, domains)
    if images:
        findings += make_findings("manifest_unreadable", "preparation", manifest_errors.values())
        start = time.perf_counter()
        diagnosis.facts = inspect_images(list(names), root / "frame", workers, sums)
        diagnosis.seconds = time.perf_counter() - start
        broken = {path for path, facts in diagnosis.facts.items() if facts.error}
        used = {path for key, list_file in lists.items() if key.kind != "shot" for path in list_file.frames}
        diagnosis.duplicates = find_duplicates(diagnosis.facts, names)
        diagnosis.distributions = distributions(diagnosis.facts, names)
        findings += check_images(diagnosis.facts, names, used) + check_duplicates(diagnosis.duplicates, names)
    diagnosis.skipped = [f"{run.protocol} {run.name}" for run in skipped]
    diagnosis.verdicts = [
        judge_run(root, run, lists, manifest_errors, names.keys(), broken, diagnosis.duplicates) for run in runs
    ]
    diagnosis.findings = sort_findings(findings + check_runs(diagnosis.verdicts))
    return diagnosis
