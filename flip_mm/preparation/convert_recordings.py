# SPDX-License-Identifier: Apache-2.0
"""Convert an archive: every recording in its turn, on several processes, from where an earlier attempt ended."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from tqdm import tqdm

from flip_mm.datasets.archive import Problem, Recording
from flip_mm.datasets.frame_selection import count
from flip_mm.datasets.protocols import DOMAINS
from flip_mm.utils.csv_cells import csv_text
from flip_mm.utils.process_pool import process_pool

from . import worker
from .manifest import ManifestRow, manifest_row, manifest_text, read_manifest
from .places import Places, append_file, is_as_written, write_file
from .worker import ConversionOptions, Outcome

# Recordings that a process takes at a time: single images are small.
CHUNK = {"image": 16}


@dataclass
class ConversionResult:
    """ConversionResult of a conversion.

    Attributes:
        rows: One per image, in the order of the recordings.
        problems: Recordings that were not converted.
        shares: ``'real'``, ``'spoof'`` -> recordings that are converted now, and all of that class.
        converted: Recordings of this call; those of earlier ones are not counted.
        seconds: By stage, over all processes.
        elapsed: Wall clock seconds.
        workers: Processes.
    """

    rows: list[ManifestRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    shares: dict[str, tuple[int, int]] = field(default_factory=dict)
    converted: int = 0
    seconds: Counter[str] = field(default_factory=Counter)
    elapsed: float = 0.0
    workers: int = 1


def convert_recordings(
    recordings: Sequence[Recording], places: Places, options: ConversionOptions, workers: int, resume: bool
) -> ConversionResult:
    """Write the images of recordings, and a manifest that grows with them.

    Args:
        recordings: What to convert, in the order of the manifest.
        places: Where.
        options: How.
        workers: Processes.
        resume: Whether to continue an earlier attempt.

    Returns:
        The result; its rows are in ``places.journal`` until :func:`finish`.

    Raises:
        ValueError: The data root holds images or an attempt that this one would mix with.
        OSError: An image could not be written.
        RuntimeError: A process was killed.
    """
    start = time.perf_counter()
    done = _begin(recordings, places, options, resume)
    todo = [recording for recording in recordings if recording not in done]
    result = ConversionResult(workers=workers)
    for recording, outcome in _outcomes(todo, places, options, workers):
        result.seconds += outcome.seconds
        if outcome.reason:
            result.problems.append(Problem(recording.source, outcome.reason))
            continue
        done[recording] = [manifest_row(recording, image) for image in outcome.images]
        append_file(places.journal, csv_text(done[recording]).encode())
        result.converted += 1
    for label in ("real", "spoof"):
        own = [recording for recording in recordings if recording.label == label]
        result.shares[label] = sum(recording in done for recording in own), len(own)
    result.rows = [row for recording in recordings for row in done.get(recording, ())]
    result.elapsed = time.perf_counter() - start
    return result


def finish(places: Places, rows: Sequence[ManifestRow], problems: Sequence[Problem]) -> None:
    """Give the manifest its name, and list what was not converted.

    Args:
        places: Where.
        rows: Of the manifest.
        problems: Of the scan and of the conversion.
    """
    listed = ((problem.source, problem.reason) for problem in problems)
    write_file(places.records / "problems.csv", csv_text([("source", "reason"), *listed]).encode())
    write_file(places.manifest, manifest_text(rows).encode())
    places.journal.unlink()


def _begin(
    recordings: Sequence[Recording], places: Places, options: ConversionOptions, resume: bool
) -> dict[Recording, list[ManifestRow]]:
    """Rows of the recordings that an earlier attempt has converted; leaves a journal of exactly those."""
    wanted = _fingerprint(recordings, options)
    earlier = next((path for path in (places.journal, places.manifest) if path.exists()), None)
    done: dict[Recording, list[ManifestRow]] = {}
    if earlier is None:
        if any(places.own_frames.iterdir()):
            raise ValueError(
                f"'{places.own_frames}' holds files that no conversion has recorded in '{places.records}'. Nothing is "
                "overwritten: move them away, or choose another OUT."
            )
    elif not resume:
        finished = earlier == places.manifest
        state = "a finished conversion; --resume repeats what failed" if finished else "a part of one; --resume continues it"
        raise ValueError(
            f"'{places.own_frames}' holds {state}. Delete '{places.own_frames}', '{places.records}' and the lists "
            f"'{places.lists / DOMAINS[places.domain]}_*.txt' to start anew."
        )
    else:
        _check_same(places.settings, wanted)
        done = _done(recordings, read_manifest(earlier), places)
    write_file(places.settings, (json.dumps(wanted, indent=1) + "\n").encode())
    write_file(places.journal, manifest_text(row for rows in done.values() for row in rows).encode())
    return done


def _fingerprint(recordings: Sequence[Recording], options: ConversionOptions) -> dict[str, Any]:
    """What two attempts must have in common to be one."""
    digest = sha256("\n".join(map(repr, recordings)).encode())
    own = asdict(options) | {"weights": options.weights and sha256(options.weights.read_bytes()).hexdigest()}
    return dict(version=1, **own, recordings=len(recordings), recordings_sha256=digest.hexdigest())


def _check_same(path: Path, wanted: dict[str, Any]) -> None:
    try:
        found = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"--resume: '{path}' of the earlier attempt cannot be read ({error}); use another OUT.") from error
    changed = [key for key in wanted if found.get(key) != wanted[key]]
    if changed:
        changes = ", ".join(f"{key} {found.get(key)!r} is now {wanted[key]!r}" for key in changed)
        raise ValueError(
            f"--resume: the earlier attempt differs from this one: {changes}. Its images would not fit together: use the "
            "earlier settings and the same archive, or another OUT."
        )


def _done(recordings: Sequence[Recording], rows: list[ManifestRow], places: Places) -> dict[Recording, list[ManifestRow]]:
    """Recordings whose images are all recorded and all there."""
    by_source: dict[str, list[ManifestRow]] = defaultdict(list)
    for row in rows:
        by_source[row.source].append(row)
    done = {}
    for recording in recordings:
        own = [row for row in by_source[recording.source] if row.file.startswith(recording.stem)]
        if len(own) == count(recording.selection) and all(is_as_written(places.frames / row.file, row.sha256) for row in own):
            done[recording] = own
    return done


def _outcomes(
    todo: Sequence[Recording], places: Places, options: ConversionOptions, workers: int
) -> Iterator[tuple[Recording, Outcome]]:
    """Recordings in their order, each with its outcome, with a progress bar."""
    # One by one where one process works, so that it is known which recording kills it.
    chunk = 1 if workers == 1 else min((CHUNK.get(recording.media, 1) for recording in todo), default=1)
    position = 0
    with tqdm(total=len(todo), unit="recording", desc="convert", disable=None) as bar:
        while position < len(todo):
            try:
                with make_pool(workers, places, options) as pool:
                    for outcome in pool.map(worker.convert_recording, todo[position:], chunksize=chunk):
                        yield todo[position], outcome
                        position += 1
                        bar.update()
            except BrokenProcessPool as error:
                if workers > 1:
                    raise RuntimeError(_DIED.format(source=todo[position].source)) from error
                reason = "it killed the process: too little memory, or a bug in a decoder or detector; not converted"
                yield todo[position], Outcome(reason=reason)
                position += 1
                bar.update()


_DIED = (
    "A process was killed at '{source}' or soon after it: too little memory, or a bug in a decoder or detector. "
    "--resume --workers 1 continues, and lists the recording that kills it."
)


def make_pool(workers: int, places: Places, options: ConversionOptions) -> AbstractContextManager[ProcessPoolExecutor]:
    """Processes that hold a detector each."""
    return process_pool(workers, worker.start_worker, places.raw, places.frames, options)
