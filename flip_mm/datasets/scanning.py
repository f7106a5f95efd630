# SPDX-License-Identifier: Apache-2.0
"""Find the recordings in an archive, by the rules of one data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from .archive import WHOLE_ARCHIVE, Problem, Recording, Scan, Tree
from .data_set import DataSet
from .frame_selection import FRAMES, select_frames

# Unpacking may add up to two folders above an archive.
NESTED = r"(?:[^/]+/){0,2}"
# Endings of files that are no recordings.
TEXTS = ("txt", "face", "csv", "json", "xml", "md", "pdf", "doc", "docx", "xls", "xlsx", "htm", "html", "log", "md5", "sha256")
COMPANIONS = frozenset((*TEXTS, "m", "mat", "py", "zip", "rar", "7z", "tar", "gz", "tgz"))
# How our lists of M, C, I and O differ from the official ones.
SAME_VIDEOS = (
    "The training lists name the same videos as the authors' lists. The shots, ten videos per class that the test lists leave "
    "out, are other videos."
)
ENOUGH_FRAMES = 100  # for any frame selection


class UnfitError(ValueError):
    """A file matches no rule of its data set; the message follows the path: ``'is no video ...'``."""


@dataclass(frozen=True)
class LeftOut:
    """A recording that is skipped on purpose.

    Attributes:
        reason: Reason for :attr:`~flip_mm.datasets.archive.Scan.left_out`.
    """

    reason: str


def is_companion(path: str) -> bool:
    """Whether a file is no recording: texts, labels, annotations, packed archives.

    Example:
        >>> is_companion("Protocols/Train.txt"), is_companion("Train_files/1_1_01_1.avi"), is_companion("README")
        (True, False, True)
    """
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() in COMPANIONS or name.lower().startswith("readme")


def data_files(tree: Tree) -> list[str]:
    """Files of an archive that may be recordings."""
    return [path for path in tree.files if not is_companion(path)]


def scan_files(
    data_set: DataSet, tree: Tree, paths: Iterable[str], recordings_of: Callable[[str], Sequence[Recording] | LeftOut | None]
) -> Scan:
    """Find the recordings among the files of an archive.

    Args:
        data_set: The data set.
        tree: Files of the archive.
        paths: Files and folders that may be recordings.
        recordings_of: Function from a path to its recordings, or to the reason why it is skipped; returns None if the path
            is only a part of a recording. Raises UnfitError if the path matches no rule.

    Returns:
        Recordings with unique official names, and problems.

    Raises:
        ValueError: The archive has another layout, all recordings have wrong names, or a recording contradicts the record.
    """
    scan, recordings, wrong_names = Scan(problems=list(tree.problems)), [], []
    for path in paths:
        try:
            result = recordings_of(path)
            if isinstance(result, LeftOut):
                scan.left_out[result.reason] += 1
            elif result is not None:
                for recording in result:
                    _check_name(data_set, recording)
                recordings += result
        except UnfitError as error:
            scan.problems.append(Problem(path, f"{error}; it is not converted."))
            wrong_names += [f"'{path}' {error}: {error.__cause__}"] if error.__cause__ else []
    if not recordings and wrong_names:
        raise ValueError(
            f"'{tree.root}' contains recordings, but none of the {len(wrong_names)} can be converted. The first: "
            f"{wrong_names[0]}"
        )
    if not recordings and not scan.left_out:
        present = ", ".join(f"'{path}'" for path in islice(sorted([*tree.files, *tree.folders]), 5)) or "nothing"
        raise ValueError(
            f"'{tree.root}' contains no files of the expected layout\n{data_set.layout}\nThe first files there: {present}."
        )
    scan.recordings, conflicts = _drop_name_conflicts(recordings)
    scan.problems += conflicts
    if tree.hidden:
        scan.notes.append(f"Hidden files and folders that were skipped: {tree.hidden}.")
    return scan


def report_missing(scan: Scan, counts: Mapping[str, int], names: Iterable[str] = ()) -> None:
    """Add a problem for each output folder that has fewer recordings than the complete data set.

    Args:
        scan: Scan to change.
        counts: Output folder -> number of recordings of the complete data set.
        names: Stems of all recordings, if they are known; used for examples.
    """
    stems = {recording.stem for recording in scan.recordings}
    have = Counter(stem.rpartition("/")[0] for stem in stems)
    missing = sorted(set(names) - stems)
    for folder, count in counts.items():
        if have[folder] < count:
            examples = [stem.rpartition("/")[2] for stem in missing if stem.startswith(folder + "/")][:3]
            text = f", for example {', '.join(examples)}" if examples else ""
            reason = f"has {have[folder]} of the data set's {count} recordings for {folder}; the others are missing{text}."
            scan.problems.append(Problem(WHOLE_ARCHIVE, reason))


def _check_name(data_set: DataSet, recording: Recording) -> None:
    """Raise ValueError if a recording contradicts the record of the data set, UnfitError if its name is wrong."""
    if recording.domain != data_set.domain:
        raise ValueError(
            f"'{recording.source}': domain='{recording.domain}' of the Recording contradicts domain='{data_set.domain}' of the "
            "DataSet."
        )
    if FRAMES[recording.selection] != data_set.frames:
        fitting = " or ".join(f"'{key}'" for key, frames in FRAMES.items() if frames == data_set.frames)
        raise ValueError(
            f"'{recording.source}': selection='{recording.selection}' of the Recording contradicts "
            f"frames='{data_set.frames}' of the DataSet {data_set.domain}, which needs selection={fitting}."
        )
    _, ending = select_frames(recording.selection, ENOUGH_FRAMES)[0]
    try:
        data_set.parse(recording.stem + ending)
    except ValueError as error:
        raise UnfitError(f"would become '{recording.stem}', which is no official name of the data set") from error


def _drop_name_conflicts(recordings: Sequence[Recording]) -> tuple[list[Recording], list[Problem]]:
    """Recordings with a unique output name, and a problem for each other one."""
    # Some file systems ignore case.
    sources: dict[str, list[str]] = {}
    for recording in recordings:
        sources.setdefault(recording.stem.casefold(), []).append(recording.source)
    unique, problems = [], []
    for recording in recordings:
        same_name = sources[recording.stem.casefold()]
        if len(same_name) == 1:
            unique.append(recording)
            continue
        other = next(source for source in same_name if source != recording.source)
        reason = f"would become '{recording.stem}', like '{other}'; neither is converted."
        problems.append(Problem(recording.source, reason))
    return unique, problems
