# SPDX-License-Identifier: Apache-2.0
"""Files of an archive -> recordings, by the rules of one data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from .archive import WHOLE, Problem, Recording, Scan, Tree
from .data_set import DataSet
from .frame_selection import select

# An archive may lie up to two folders down, as unpacking leaves it.
NESTED = r"(?:[^/]+/){0,2}"
# Endings of files that accompany the data.
TEXTS = ("txt", "face", "csv", "json", "xml", "md", "pdf", "doc", "docx", "xls", "xlsx", "htm", "html", "log", "md5", "sha256")
COMPANIONS = frozenset((*TEXTS, "m", "mat", "py", "zip", "rar", "7z", "tar", "gz", "tgz"))
# What is said of the lists of M, C, I and O.
SAME_VIDEOS = (
    "The training lists name the videos that the authors' name. The shots, ten videos per class that the test lists leave out, "
    "are others."
)
MANY = 100


class UnfitError(ValueError):
    """A file fits no rule of its data set; the text follows the path: ``'is no video ...'``."""


@dataclass(frozen=True)
class LeftOut:
    """A recording that is not converted on purpose.

    Attributes:
        reason: Why, for :attr:`~flip_mm.datasets.archive.Scan.left_out`.
    """

    reason: str


def is_companion(path: str) -> bool:
    """Whether a file accompanies the data: texts, labels, annotations, packed archives.

    Example:
        >>> is_companion("Protocols/Train.txt"), is_companion("Train_files/1_1_01_1.avi"), is_companion("README")
        (True, False, True)
    """
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() in COMPANIONS or name.lower().startswith("readme")


def data_files(tree: Tree) -> list[str]:
    """Files of an archive that do not just accompany the data."""
    return [path for path in tree.files if not is_companion(path)]


def collect(
    data_set: DataSet, tree: Tree, paths: Iterable[str], describe: Callable[[str], Sequence[Recording] | LeftOut | None]
) -> Scan:
    """Apply the rules of a data set to each of its files.

    Args:
        data_set: Which.
        tree: What lies in the archive.
        paths: Those of its files, or folders, that are data.
        describe: Path -> what is made of it, why it is left out, or None where it is no recording by itself.
            Raises UnfitError.

    Returns:
        Recordings, all of them with official names and none with a name that another one has.

    Raises:
        ValueError: Nothing of the layout is there.
    """
    scan, found = Scan(problems=list(tree.problems)), []
    for path in paths:
        try:
            described = describe(path)
            if isinstance(described, LeftOut):
                scan.left_out[described.reason] += 1
            elif described is not None:
                for recording in described:
                    _check_name(data_set, recording)
                found += described
        except UnfitError as error:
            scan.problems.append(Problem(path, f"{error}; it is not converted."))
    if not found and not scan.left_out:
        there = ", ".join(f"'{path}'" for path in islice(sorted([*tree.files, *tree.folders]), 5)) or "nothing"
        raise ValueError(f"'{tree.root}' holds nothing of the layout\n{data_set.layout}\nThe first files there: {there}.")
    scan.recordings, twins = _separate_twins(found)
    scan.problems += twins
    if tree.hidden:
        scan.notes.append(f"Hidden files and folders passed over: {tree.hidden}.")
    return scan


def report_missing(scan: Scan, counts: Mapping[str, int], names: Iterable[str] = ()) -> None:
    """Add a problem for each output folder that has fewer recordings than the data set.

    Args:
        scan: Is changed.
        counts: Folder of outputs -> recordings that the whole data set has in it.
        names: Stems of all recordings, where a rule tells them, for examples.
    """
    stems = {recording.stem for recording in scan.recordings}
    have = Counter(stem.rpartition("/")[0] for stem in stems)
    missing = sorted(set(names) - stems)
    for folder, count in counts.items():
        if have[folder] < count:
            examples = [stem.rpartition("/")[2] for stem in missing if stem.startswith(folder + "/")][:3]
            text = f", among them {', '.join(examples)}" if examples else ""
            reason = f"has {have[folder]} of the data set's {count} recordings for {folder}; the others are missing{text}."
            scan.problems.append(Problem(WHOLE, reason))


def _check_name(data_set: DataSet, recording: Recording) -> None:
    _, ending = select(recording.selection, MANY)[0]
    try:
        data_set.parse(recording.stem + ending)
    except ValueError as error:
        raise UnfitError(f"would become '{recording.stem}', which is no name of the data set") from error


def _separate_twins(found: Sequence[Recording]) -> tuple[list[Recording], list[Problem]]:
    # Some file systems do not tell A from a.
    times = Counter(recording.stem.casefold() for recording in found)
    if len(times) == len(found):
        return list(found), []
    first: dict[str, list[str]] = {}
    for recording in found:
        if times[recording.stem.casefold()] > 1:
            first.setdefault(recording.stem.casefold(), []).append(recording.source)
    problems = []
    for recording in found:
        if times[recording.stem.casefold()] > 1:
            other = next(source for source in first[recording.stem.casefold()] if source != recording.source)
            problems.append(Problem(recording.source, f"would become '{recording.stem}', as '{other}'; neither is converted."))
    return [recording for recording in found if times[recording.stem.casefold()] == 1], problems
