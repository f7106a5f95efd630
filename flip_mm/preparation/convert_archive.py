# SPDX-License-Identifier: Apache-2.0
"""From an archive to a data root: scan, images, manifest, lists, report."""

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
from .conversion_summary import print_problems, print_scan, print_shares, print_times
from .convert_recordings import convert_recordings, finish, make_pool
from .face_report import write_face_report
from .manifest import ManifestRow
from .official_lists import OfficialLists, compare, use_official
from .official_subset import choose
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
        archive: Which.
        places: From where, to where.
        options: How images are made.
        lists: Folder of the authors' lists; None to make our own.
        workers: Processes.
        resume: Whether to continue an earlier attempt.
        thumbnails: Whether the report shows faces.

    Returns:
        0, or 1 where problems are listed.

    Raises:
        ValueError: Places, archive or lists are not what they should be.
        OSError: Something could not be written.
        ImportError: A package is missing.
    """
    check_places(places)
    if "annotations" in options.faces.split(",") and not archive.annotations:
        raise ValueError(f"--faces annotations: {archive.title} has none. Choose another way to find faces.")
    options.preparers()  # fails before the work where something is missing
    official = use_official(lists, archive.domain) if lists else None
    _check_lists(places, official)
    if official:
        options = replace(options, lists=_digest(official))
    found = choose(archive.scan(partial(walk, places.raw)), archive.per_class, official)
    print_scan(archive, found)
    make_folders(places)
    with lock_conversion(places):
        result = convert_recordings(found.recordings, places, options, workers, resume)
        problems = sorted({*found.problems, *result.problems}, key=lambda problem: (problem.source, problem.reason))
        _write_lists(archive, places, official, result.rows)
        report = places.records / "faces.html"
        write_face_report(report, archive.title, places.frames, result, problems, options, thumbnails)
        finish(places, result.rows, problems)
    print(f"{len(result.rows)} images in {places.own_frames}; manifest and report in {places.records}")
    print_shares(result)
    print_times(result)
    print_problems(problems, places.records / "problems.csv")
    return 1 if problems else 0


def print_plan(archive: DataSet, places: Places, options: ConversionOptions, lists: Path | None, workers: int) -> int:
    """Print one line per image that would be written: source, number of the frame, path inside the data root.

    Arguments, result and errors are those of :func:`convert_archive`; problems are printed to standard error.
    """
    check_places(places)
    official = use_official(lists, archive.domain) if lists else None
    found = choose(archive.scan(partial(walk, places.raw)), archive.per_class, official)
    print_scan(archive, found, sys.stderr)
    problems = list(found.problems)
    # No face is looked for, so no detector is needed.
    with make_pool(workers, places, replace(options, faces="none", weights=None)) as pool:
        for recording, plan in zip(
            found.recordings, pool.map(worker.plan_recording, found.recordings, chunksize=16), strict=True
        ):
            if isinstance(plan, str):
                problems.append(Problem(recording.source, plan))
                continue
            for index, file in plan:
                print(f"{recording.source}\t{index}\tframe/{file}")
    for problem in problems:
        print(f"{problem.source}: {problem.reason}", file=sys.stderr)
    return 1 if problems else 0


def _check_lists(places: Places, official: OfficialLists | None) -> None:
    """Refuse to overwrite lists that no conversion wrote, or that somebody changed."""
    written = _written_lists(places)
    for path in places.present_lists():
        same = official and path.name in official.lists and path.read_bytes() == (official.folder / path.name).read_bytes()
        if not same and _hash(path.read_bytes()) not in written.get(path.name, ()):
            raise ValueError(
                f"'{path}' is there already and is not overwritten. To use the lists in '{places.lists}' as they are: "
                f"--lists {places.lists}; otherwise move them away."
            )


def _digest(official: OfficialLists) -> str:
    return _hash(json.dumps(official.lists, sort_keys=True).encode())


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()


def _written_lists(places: Places) -> dict[str, list[str]]:
    """Name of a list -> SHA-256 of what conversions wrote into it."""
    try:
        return dict(json.loads(places.written_lists.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError) as error:
        raise ValueError(f"'{places.written_lists}' is damaged ({error}); use another OUT.") from error


def _write_lists(archive: DataSet, places: Places, official: OfficialLists | None, rows: Sequence[ManifestRow]) -> None:
    """Copy the authors' lists, or make our own."""
    if official:
        print(f"lists: the authors', from {official.folder}. {compare((row.file for row in rows), official.outputs())}")
        files = {name: (official.folder / name).read_bytes() for name in official.lists}
    else:
        lists = make_lists(archive.domain, {name: [row.file for row in rows if row.label == name] for name in LIST_WORDS})
        files = {name: "".join(f"{line}\n" for line in lines).encode() for name, lines in lists.items()}
        print("lists: " + ", ".join(f"{name} {len(lines)}" for name, lines in lists.items()))
    before, now = _written_lists(places), {name: _hash(content) for name, content in files.items()}
    # Whatever moment a crash comes at, each list is one that this file knows.
    either = {name: [*before.get(name, ()), digest] for name, digest in now.items()}
    write_file(places.written_lists, _json(either))
    for name, content in files.items():
        write_file(places.lists / name, content)
    write_file(places.written_lists, _json({name: [digest] for name, digest in now.items()}))


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()
