# SPDX-License-Identifier: Apache-2.0
"""Findings of checks, and their severity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

ERROR, WARNING, NOTE = SEVERITIES = ("error", "warning", "note")
# Maximum number of examples of a finding.
MAX_EXAMPLES = 100


class Kind(NamedTuple):
    """One kind of finding.

    Attributes:
        severity: ``'error'``: a run with these data stops or learns wrong labels. ``'warning'``: training runs, but its metrics
            may mislead. ``'note'``: for information.
        title: The problem, in the plural; reports add the count.
        advice: What to do; '' if nothing is needed.
    """

    severity: str
    title: str
    advice: str = ""


KINDS = {
    # Lists.
    "list_missing": Kind(ERROR, "lists are missing", "Make them with the data set's converter, or copy the official ones."),
    "list_unreadable": Kind(ERROR, "lists cannot be read", "Lists are UTF-8 text, one path inside frame/ per line."),
    "line_outside": Kind(ERROR, "lines lead out of frame/", "Lines are paths inside frame/, without .. and leading /."),
    "line_backslash": Kind(ERROR, "lines are written with \\", "Write paths with /."),
    "line_label": Kind(ERROR, "lines have a label", "Write only the path; the class is in the name of the list."),
    "line_domain": Kind(ERROR, "lines name the folder of another data set", "Move them to the list of that data set."),
    "line_polarity": Kind(
        ERROR, "lines name a file in the folder of the other class", "For example a spoof's name in real/: move the file."
    ),
    "line_class": Kind(
        ERROR, "lines are in the list of the other class", "Labels would be wrong: the lists may have been swapped."
    ),
    "line_frame": Kind(ERROR, "lines do not name frame 0", "Lists of this data set name frame 0 of every video."),
    "line_name": Kind(ERROR, "lines are no official name", "The table of names is in docs/real_data.md."),
    "line_alike": Kind(
        ERROR,
        "lines differ only in invisible characters or the encoding of letters",
        "Keep the line that matches an image file.",
    ),
    "line_case": Kind(WARNING, "lines differ only in upper and lower case", "Some systems treat them as the same file."),
    "line_repeated": Kind(NOTE, "lines are repeated; each counts once"),
    "list_unknown": Kind(NOTE, "files in txt/ are no lists of a protocol"),
    "shot_missing": Kind(NOTE, "lists of shots are missing: --shots cannot be used for the data set"),
    "list_short": Kind(NOTE, "lists have fewer lines than the published ones", "A part of the data set may be missing."),
    "shot_tested": Kind(WARNING, "shots are also in the test list", "With --shots the test would contain training images."),
    # Lists and files.
    "image_missing": Kind(ERROR, "images that lists name are missing", "Convert the data set again, or copy the files."),
    "image_case": Kind(ERROR, "images that lists name exist only with other upper and lower case", "Rename the files."),
    "frame_missing": Kind(
        WARNING, "second frames of training videos are missing", "They are needed if --holdout selects these videos."
    ),
    "image_unlisted": Kind(NOTE, "images are in no list"),
    "image_polarity": Kind(WARNING, "unlisted images are in the folder of the other class", "Check which folder is right."),
    "image_name": Kind(NOTE, "unlisted images have no official name"),
    "folder_unknown": Kind(NOTE, "folders in frame/ belong to no data set"),
    "file_other": Kind(NOTE, "files in frame/ do not have the ending of an image"),
    "file_special": Kind(WARNING, "entries of frame/ are neither file nor folder", "Remove them."),
    "folder_unreadable": Kind(WARNING, "folders cannot be read", "Their images count as missing: change the permissions."),
    "link_loop": Kind(WARNING, "links lead to a folder that was already read", "They were not followed: remove them."),
    # Manifests.
    "manifest_unreadable": Kind(ERROR, "manifests cannot be read", "Restore them, or move them away."),
    # Images.
    "image_unreadable": Kind(ERROR, "images cannot be read", "Training would stop there: convert or copy them again."),
    "unused_unreadable": Kind(
        WARNING, "images cannot be read, but only --shots, --holdout or nothing uses them", "Copy them again, or remove them."
    ),
    "image_doubtful": Kind(
        WARNING,
        "JPEGs are damaged according to FFmpeg's decoder",
        "Training uses another decoder: look at them, or copy them again.",
    ),
    "image_tiny": Kind(WARNING, "images have a side below 32 pixels", "The face is too small."),
    "image_black": Kind(WARNING, "images are black", "Look at the recordings, or convert them again."),
    "image_white": Kind(WARNING, "images are white", "16-bit or HDR sources, or failed crops?"),
    "image_constant": Kind(WARNING, "images have a single colour", "Failed decoding or crops?"),
    "image_blurred": Kind(NOTE, "images are far less sharp than others of their data set and class"),
    "metadata": Kind(NOTE, "files contain metadata (EXIF, XMP, text)", "It may reveal person, time and place."),
    "metadata_place": Kind(WARNING, "files contain the place of recording (GPS)", "Rewrite them without metadata."),
    "class_size": Kind(WARNING, "data sets where the size of an image reveals the class", "A network can learn that instead."),
    "class_format": Kind(
        WARNING, "data sets where the file format reveals the class", "A network can learn the compression instead."
    ),
    # The same image twice.
    "same_classes": Kind(WARNING, "groups of the same image as real and as spoof", "One of the labels is wrong."),
    "near_classes": Kind(WARNING, "pairs of nearly the same image as real and as spoof", "One of the labels may be wrong."),
    "same_image": Kind(NOTE, "groups of recordings share an image"),
    "near_image": Kind(NOTE, "pairs of recordings have nearly the same image"),
    "same_frame": Kind(NOTE, "videos show the same image in several frames", "A frozen recording, or a wrong copy."),
    # Runs.
    "same_tested": Kind(
        WARNING, "runs with test images that are also training images under another name", "Their metrics are too good."
    ),
    "near_tested": Kind(
        WARNING, "runs with test images that are nearly equal to training images", "Their metrics may be too good."
    ),
    "leak": Kind(WARNING, "runs with test videos or subjects that are also in training", "Their metrics are too good."),
    # Authors' lists.
    "lists_class": Kind(
        WARNING, "images have the other class in the authors' lists", "A label is wrong: check which one before you train."
    ),
    "lists_differ": Kind(WARNING, "lists differ from the authors'", "Metrics are not comparable with published ones."),
    "lists_absent": Kind(NOTE, "lists do not exist among the authors' lists"),
}


@dataclass(frozen=True)
class Finding:
    """Problems of one kind in one place.

    Attributes:
        code: A key of :data:`KINDS`.
        where: List file, or domain and class.
        count: Number of problems.
        examples: The first problems, paths or sentences; at most ``MAX_EXAMPLES``.
        severity: Severity of the kind, or lower if only an option needs the data.
        detail: More information; '' for none.
    """

    code: str
    where: str
    count: int
    examples: tuple[str, ...]
    severity: str
    detail: str = ""

    @property
    def kind(self) -> Kind:
        """Title and advice."""
        return KINDS[self.code]


def make_findings(code: str, where: str, items: Iterable[str], severity: str | None = None, detail: str = "") -> list[Finding]:
    """Return a list with one finding, or an empty list if there are no items."""
    problems = list(items)
    if not problems:
        return []
    examples = tuple(problems[:MAX_EXAMPLES])
    return [Finding(code, where, len(problems), examples, severity or KINDS[code].severity, detail)]


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings: errors first, then in the order of :data:`KINDS`, then by place."""
    order = {code: number for number, code in enumerate(KINDS)}
    return sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), order[f.code], f.where))
