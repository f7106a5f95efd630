# SPDX-License-Identifier: Apache-2.0
"""Convert an archive into a data root: images, manifest, lists, report."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

from flip_mm.datasets.archive import Problem
from flip_mm.datasets.data_set import DataSet
from flip_mm.datasets.list_maker import make_lists
from flip_mm.labels import LIST_WORDS

from . import worker
from .archives.walk import walk
from .conversion_summary import print_problems, print_scan, print_shares, print_times, print_uncertain_boxes
from .convert_recordings import convert_recordings, finish, make_pool
from .face_report import write_face_report
from .manifest import ManifestRow
from .official_lists import OfficialLists, compare_images, read_official_lists
from .official_subset import select_subset
from .places import Places, check_places, lock_conversion, make_folders, write_file
from .worker import ConversionOptions


def convert_archive(
    archive: DataSet,
    places: Places,
    options: ConversionOptions,
    lists: Path | None,
    workers: int,
    resume: bool,
    thumbnails: bool,
) -> int:
    """Convert an archive.

    Args:
        archive: Data set of the archive.
        places: Folders to read and write.
        options: How images are made.
        lists: Folder of the authors' lists; None to make new lists.
        workers: Number of processes.
        resume: Whether to continue an earlier attempt.
        thumbnails: Whether the report shows faces.

    Returns:
        Exit code: 0, or 1 if there are problems.

    Raises:
        ValueError: A folder, the archive, the options or a list is wrong.
        OSError: A file cannot be written.
        ImportError: A package is missing.
    """
    check_places(places)
    if "annotations" in options.faces.split(",") and not archive.annotations:
        raise ValueError(f"--faces annotations: {archive.title} has no annotations. Choose another way to find faces.")
    options.preparers()  # raises before the work starts if something is missing
    official = read_official_lists(lists, archive.domain) if lists else None
    _check_lists(places, official)
    if official:
        options = replace(options, lists=_digest(official))
    scan = select_subset(archive.scan(partial(walk, places.raw)), archive.per_class, official)
    print_scan(archive, scan)
    make_folders(places)
    with lock_conversion(places):
        result = convert_recordings(scan.recordings, places, options, workers, resume)
        problems = sorted({*scan.problems, *result.problems}, key=lambda problem: (problem.source, problem.reason))
        _write_lists(archive, places, official, result.rows)
        report = places.records / "faces.html"
        write_face_report(report, archive.title, places.frames, result, problems, options, thumbnails)
        finish(places, result.rows, problems)
    print(f"{len(result.rows)} images in {places.domain_frames}; manifest and report in {places.records}")
    if not result.rows:
        print("Nothing was converted: fix the causes below, then repeat the command with --resume.")
    print_shares(result, published=bool(archive.paper))
    print_uncertain_boxes(result.rows)
    print_times(result)
    print_problems(problems, places.records / "problems.csv")
    return 1 if problems else 0


def print_plan(archive: DataSet, places: Places, options: ConversionOptions, lists: Path | None, workers: int) -> int:
    """Print one line per image that would be written: source, number of the frame, path inside the data root.

    Arguments, result and errors are those of :func:`convert_archive`; problems are printed to standard error.
    """
    check_places(places)
    official = read_official_lists(lists, archive.domain) if lists else None
    scan = select_subset(archive.scan(partial(walk, places.raw)), archive.per_class, official)
    print_scan(archive, scan, sys.stderr)
    problems = list(scan.problems)
    # Faces are not detected, so no detector is needed.
    with make_pool(workers, places, replace(options, faces="none", weights=None)) as pool:
        plans = pool.map(worker.plan_recording, scan.recordings, chunksize=16)
        for recording, plan in zip(scan.recordings, plans, strict=True):
            if isinstance(plan, str):
                problems.append(Problem(recording.source, plan))
                continue
            for index, file in plan:
                print(f"{recording.source}\t{index}\tframe/{file}")
    for problem in problems:
        print(f"{problem.source}: {problem.reason}", file=sys.stderr)
    return 1 if problems else 0


def _check_lists(places: Places, official: OfficialLists | None) -> None:
    """Raise ValueError if a list exists that no conversion wrote, or that was changed since."""
    written = _written_lists(places)
    for path in places.present_lists():
        same = official and path.name in official.lists and path.read_bytes() == (official.folder / path.name).read_bytes()
        if not same and _hash(path.read_bytes()) not in written.get(path.name, ()):
            raise ValueError(
                f"'{path}' exists already and is not overwritten. To use the lists in '{places.lists}' without changes, add "
                f"--lists {places.lists}; otherwise move them away."
            )


def _digest(official: OfficialLists) -> str:
    return _hash(json.dumps(official.lists, sort_keys=True).encode())


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()


def _written_lists(places: Places) -> dict[str, list[str]]:
    """Name of a list -> SHA-256 sums of the contents that conversions wrote."""
    try:
        return dict(json.loads(places.written_lists.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError) as error:
        raise ValueError(f"'{places.written_lists}' is damaged ({error}); use another OUT.") from error


def _write_lists(archive: DataSet, places: Places, official: OfficialLists | None, rows: Sequence[ManifestRow]) -> None:
    """Copy the authors' lists, or make new ones."""
    if official:
        difference = compare_images((row.file for row in rows), official.outputs())
        print(f"lists: the authors' lists from {official.folder}. {difference}")
        files = {name: (official.folder / name).read_bytes() for name in official.lists}
    else:
        lists = make_lists(archive.domain, {name: [row.file for row in rows if row.label == name] for name in LIST_WORDS})
        files = {name: "".join(f"{line}\n" for line in lines).encode() for name, lines in lists.items()}
        print("lists: " + ", ".join(f"{name} {len(lines)}" for name, lines in lists.items()))
    before, now = _written_lists(places), {name: _hash(content) for name, content in files.items()}
    # First record the old and the new sums: after a crash at any moment, every list has a recorded sum.
    both = {name: [*before.get(name, ()), digest] for name, digest in now.items()}
    write_file(places.written_lists, _json(both))
    for name, content in files.items():
        write_file(places.lists / name, content)
    write_file(places.written_lists, _json({name: [digest] for name, digest in now.items()}))


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()
