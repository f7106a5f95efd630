# SPDX-License-Identifier: Apache-2.0
"""From an archive to a data root: scan, images, manifest, lists, report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from flip_mm.evaluation.score_file import write_text

from . import worker
from .engine import Result, convert, finish, make_pool
from .face_report import write_face_report
from .list_rules import OfficialLists, compare, make_lists, use_official
from .manifest import Row
from .places import Places, check_places, make_folders
from .recording import Archive, Problem, Recording, Scan
from .summary import print_problems, print_scan, print_times
from .worker import Settings


def convert_archive(
    archive: Archive,
    places: Places,
    scan: Callable[[], Scan],
    settings: Settings,
    lists: Path | None,
    workers: int,
    resume: bool,
    thumbnails: bool,
) -> int:
    """Convert an archive.

    Args:
        archive: Which.
        places: From where, to where.
        scan: Finds the recordings.
        settings: How images are made.
        lists: Folder of the authors' lists; lists that stand in the data root already are used as well.
        workers: Processes.
        resume: Whether to go on with an earlier attempt.
        thumbnails: Whether the report shows faces.

    Returns:
        0, or 1 where problems are listed.

    Raises:
        ValueError: Places, archive or lists are not what they should be.
        OSError: Something could not be written.
        ImportError: A package is missing.
    """
    check_places(places)
    settings.check()
    official, found, recordings = _scan(archive, places, scan, lists)
    print_scan(archive, found, recordings)
    make_folders(places)
    result = convert(recordings, places, settings, workers, resume)
    problems = sorted({*found.problems, *result.problems}, key=lambda problem: (problem.source, problem.reason))
    _write_lists(archive, places, official, result.rows)
    report = places.records / "faces.html"
    write_face_report(report, archive.title, places.frames, result.rows, problems, settings, thumbnails)
    finish(places, result, problems)
    print(f"{len(result.rows)} images in {places.own_frames}; manifest and report in {places.records}")
    print_times(result)
    print_problems(problems, places.records / "problems.csv")
    return 1 if problems else 0


def print_plan(
    archive: Archive, places: Places, scan: Callable[[], Scan], settings: Settings, lists: Path | None, workers: int
) -> int:
    """Print one line per image that would be written: source, number of the frame, path inside the data root.

    Arguments, result and errors are those of :func:`convert_archive`; problems are printed to standard error.
    """
    check_places(places)
    settings.check()
    _, found, recordings = _scan(archive, places, scan, lists)
    problems = list(found.problems)
    with make_pool(workers, places.raw, places.frames, settings) as pool:
        for recording, plan in zip(recordings, pool.map(worker.plan, recordings, chunksize=16), strict=True):
            if isinstance(plan, str):
                problems.append(Problem(recording.source, plan))
                continue
            for index, file in plan:
                print(f"{recording.source}\t{index}\tframe/{file}")
    for problem in problems:
        print(f"{problem.source}: {problem.reason}", file=sys.stderr)
    return 1 if problems else 0


def _scan(
    archive: Archive, places: Places, scan: Callable[[], Scan], lists: Path | None
) -> tuple[OfficialLists | None, Scan, Sequence[Recording]]:
    """The authors' lists, what the archive holds, and what of it is converted."""
    official = None
    if lists or places.present_lists():
        official = use_official(lists or places.out, archive.domain)
    found = scan()
    if not archive.limit:
        return official, found, found.recordings
    return official, found, archive.choose(found.recordings, official and official.outputs())


def _write_lists(archive: Archive, places: Places, official: OfficialLists | None, rows: Sequence[Row]) -> None:
    files = {name: [row.file for row in rows if row.label == name] for name in ("real", "spoof")}
    own = make_lists(archive.domain, files)
    if official:
        print(f"lists: the authors', from {official.folder}. {compare((row.file for row in rows), official.outputs())}")
    for name, lines in (official.lists if official else own).items():
        if not (places.lists / name).exists():
            write_text(places.lists / name, "".join(f"{line}\n" for line in lines))
