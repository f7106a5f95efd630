# SPDX-License-Identifier: Apache-2.0
"""Convert the recordings of an archive in several processes, and continue interrupted conversions."""

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
from flip_mm.datasets.frame_selection import images_per_recording
from flip_mm.datasets.protocols import DOMAINS
from flip_mm.utils.csv_cells import csv_text
from flip_mm.utils.process_pool import process_pool

from . import worker
from .manifest import ManifestRow, manifest_row, manifest_text, read_manifest
from .places import Places, append_file, is_as_written, write_file
from .worker import ConversionOptions, Outcome

# Recordings per task of a process: single images are fast.
CHUNK = {"image": 16}


@dataclass
class ConversionResult:
    """Result of a conversion.

    Attributes:
        rows: Rows of the manifest, one per image, in the order of the recordings.
        problems: Recordings that were not converted.
        shares: ``'real'``, ``'spoof'`` -> (converted recordings, all recordings) of that class.
        converted: Number of recordings converted by this call, without those of earlier attempts.
        seconds: Stage -> seconds, summed over all processes.
        elapsed: Wall clock seconds.
        workers: Number of processes.
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
    """Write the images of recordings, and append a row for each image to a journal.

    Args:
        recordings: Recordings in the order of the manifest.
        places: Folders to read and write.
        options: How images are made.
        workers: Number of processes.
        resume: Whether to continue an earlier attempt.

    Returns:
        The result; its rows are in ``places.journal`` until :func:`finish`.

    Raises:
        ValueError: The data root contains images of the data set that do not belong to this conversion.
        OSError: An image cannot be written.
        RuntimeError: A process was killed.
    """
    start = time.perf_counter()
    done = _start_or_resume(recordings, places, options, resume)
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
        of_class = [recording for recording in recordings if recording.label == label]
        result.shares[label] = sum(recording in done for recording in of_class), len(of_class)
    result.rows = [row for recording in recordings for row in done.get(recording, ())]
    result.elapsed = time.perf_counter() - start
    return result


def finish(places: Places, rows: Sequence[ManifestRow], problems: Sequence[Problem]) -> None:
    """Write the manifest and the list of problems, and delete the journal.

    Args:
        places: Folders to write.
        rows: Rows of the manifest.
        problems: Problems of the scan and of the conversion.
    """
    cells = ((problem.source, problem.reason) for problem in problems)
    write_file(places.records / "problems.csv", csv_text([("source", "reason"), *cells]).encode())
    write_file(places.manifest, manifest_text(rows).encode())
    places.journal.unlink()


def _start_or_resume(
    recordings: Sequence[Recording], places: Places, options: ConversionOptions, resume: bool
) -> dict[Recording, list[ManifestRow]]:
    """Rows of the recordings that an earlier attempt has converted; writes a journal of exactly these rows."""
    settings = _settings(recordings, options)
    earlier = next((path for path in (places.journal, places.manifest) if path.exists()), None)
    done: dict[Recording, list[ManifestRow]] = {}
    if earlier is None:
        if any(places.domain_frames.iterdir()):
            raise ValueError(
                f"'{places.domain_frames}' contains files that no conversion has recorded in '{places.records}'. Nothing is "
                "overwritten: move them away, or choose another OUT."
            )
    elif not resume:
        if earlier == places.journal:
            state = f"'{places.domain_frames}' contains an interrupted conversion; --resume continues it."
        elif read_manifest(earlier):
            state = f"'{places.domain_frames}' contains a finished conversion; --resume repeats failed recordings."
        else:
            state = (
                f"An earlier conversion into '{places.domain_frames}' converted nothing: fix the causes in "
                f"'{places.records / 'problems.csv'}', then use --resume, which repeats failed recordings."
            )
        raise ValueError(
            f"{state} To start again, delete '{places.domain_frames}', '{places.records}' and the lists "
            f"'{places.lists / DOMAINS[places.domain]}_*.txt'."
        )
    else:
        _check_same_settings(places.settings, settings)
        done = _finished_recordings(recordings, read_manifest(earlier), places)
    write_file(places.settings, (json.dumps(settings, indent=1) + "\n").encode())
    write_file(places.journal, manifest_text(row for rows in done.values() for row in rows).encode())
    return done


def _settings(recordings: Sequence[Recording], options: ConversionOptions) -> dict[str, Any]:
    """Settings that must be the same to continue an earlier attempt."""
    digest = sha256("\n".join(map(repr, recordings)).encode())
    settings = asdict(options) | {"weights": options.weights and sha256(options.weights.read_bytes()).hexdigest()}
    return dict(version=1, **settings, recordings=len(recordings), recordings_sha256=digest.hexdigest())


def _check_same_settings(path: Path, settings: dict[str, Any]) -> None:
    try:
        earlier = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"--resume: '{path}' of the earlier attempt cannot be read ({error}); use another OUT.") from error
    changed = [key for key in settings if earlier.get(key) != settings[key]]
    if changed:
        changes = ", ".join(f"{key} {earlier.get(key)!r} is now {settings[key]!r}" for key in changed)
        raise ValueError(
            f"--resume: the earlier attempt differs from this one: {changes}. Use the earlier settings and the same archive, "
            "or another OUT."
        )


def _finished_recordings(
    recordings: Sequence[Recording], rows: list[ManifestRow], places: Places
) -> dict[Recording, list[ManifestRow]]:
    """Recordings that have all rows, and all images as recorded."""
    by_source: dict[str, list[ManifestRow]] = defaultdict(list)
    for row in rows:
        by_source[row.source].append(row)
    done = {}
    for recording in recordings:
        images = [row for row in by_source[recording.source] if row.file.startswith(recording.stem)]
        complete = len(images) == images_per_recording(recording.selection)
        if complete and all(is_as_written(places.frames / row.file, row.sha256) for row in images):
            done[recording] = images
    return done


def _outcomes(
    todo: Sequence[Recording], places: Places, options: ConversionOptions, workers: int
) -> Iterator[tuple[Recording, Outcome]]:
    """Convert recordings with a progress bar; yield each one with its outcome, in the given order."""
    # With one process, one recording per task shows which recording kills it.
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
                reason = "it killed the process: not enough memory, or a bug in a decoder or detector; not converted"
                yield todo[position], Outcome(reason=reason)
                position += 1
                bar.update()


_DIED = (
    "A process was killed at '{source}' or soon after it: not enough memory, or a bug in a decoder or detector. To continue "
    "and find the recording, use --resume --workers 1."
)


def make_pool(workers: int, places: Places, options: ConversionOptions) -> AbstractContextManager[ProcessPoolExecutor]:
    """Start worker processes, each with its detector."""
    return process_pool(workers, worker.start_worker, places.raw, places.frames, options)
