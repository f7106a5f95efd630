# SPDX-License-Identifier: Apache-2.0
"""Something that a check found, and how serious it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

ERROR, WARNING, NOTE = SEVERITIES = ("error", "warning", "note")
# A report names so many of the places where something was found.
KEPT = 100


class Kind(NamedTuple):
    """One kind of finding.

    Attributes:
        severity: ``'error'``: a run that uses it stops or learns wrong labels. ``'warning'``: training runs, but its metrics
            may mislead. ``'note'``: worth knowing.
        title: What was found, in the plural; the count follows.
        advice: What to do; '' where nothing needs to be done.
    """

    severity: str
    title: str
    advice: str = ""


KINDS = {
    # Lists.
    "list_missing": Kind(ERROR, "lists are missing", "Make them with the data set's converter, or copy the official ones."),
    "list_unreadable": Kind(ERROR, "lists cannot be read", "Lists are UTF-8 text, one path inside frame/ per line."),
    "line_outside": Kind(ERROR, "lines leave the folder of images", "Lines are paths inside frame/, without .. and leading /."),
    "line_backslash": Kind(ERROR, "lines are written with \\", "Write paths with /."),
    "line_label": Kind(ERROR, "lines have a column of labels", "A line is a path alone, its class is in the list's name."),
    "line_domain": Kind(ERROR, "lines name another data set's folder", "Move them to the list of that data set."),
    "line_polarity": Kind(
        ERROR, "lines name a file that its folder contradicts", "A spoof's name in real/, or vice versa: move it."
    ),
    "line_class": Kind(
        ERROR, "lines are in the list of the other class", "Labels would be wrong: the lists may have been exchanged."
    ),
    "line_frame": Kind(ERROR, "lines name another frame than 0", "Lists of this data set name frame 0 of every video."),
    "line_name": Kind(ERROR, "lines are no official name", "The table of names is in docs/real_data.md."),
    "line_alike": Kind(
        ERROR, "lines differ in invisible characters or the encoding of letters only", "Keep the one whose image exists."
    ),
    "line_case": Kind(WARNING, "lines differ in upper and lower case only", "One file on some systems, two on others."),
    "line_repeated": Kind(NOTE, "lines repeat; each counts once"),
    "list_unknown": Kind(NOTE, "files in txt/ are no lists that a protocol reads"),
    "shot_missing": Kind(NOTE, "lists of shots are missing: --shots cannot be used on the data set"),
    "list_short": Kind(NOTE, "lists have fewer lines than the published ones", "A part of the data set may be missing."),
    "shot_tested": Kind(WARNING, "shots are tested as well", "With --shots a test would show what trained."),
    # Lists and files.
    "image_missing": Kind(ERROR, "images that lists name are missing", "Convert the data set again, or copy the files."),
    "image_case": Kind(ERROR, "images that lists name are there with other upper and lower case only", "Rename the files."),
    "frame_missing": Kind(
        WARNING, "second frames of videos that only train are missing", "They are needed where --holdout makes them test."
    ),
    "image_unlisted": Kind(NOTE, "images are named by no list"),
    "image_polarity": Kind(WARNING, "unlisted images have a name that their folder contradicts", "Look whose folder is right."),
    "image_name": Kind(NOTE, "unlisted images have no official name"),
    "folder_unknown": Kind(NOTE, "folders in frame/ belong to no data set"),
    "file_other": Kind(NOTE, "files in frame/ are no images by their ending"),
    "file_special": Kind(WARNING, "entries of frame/ are neither file nor folder", "Remove them."),
    "folder_unreadable": Kind(WARNING, "folders cannot be read", "Their images count as missing: change the permissions."),
    "link_loop": Kind(WARNING, "links lead to a folder that is read already", "They were not followed: remove them."),
    # Manifests.
    "manifest_unreadable": Kind(ERROR, "manifests cannot be read", "Restore them, or move them away."),
    # Images.
    "image_unreadable": Kind(ERROR, "images cannot be read", "Training would stop there: convert or copy them again."),
    "unused_unreadable": Kind(
        WARNING, "images cannot be read that shots, --holdout or nothing uses", "Copy them again, or remove them."
    ),
    "image_doubtful": Kind(
        WARNING,
        "JPEGs look damaged to FFmpeg's decoder",
        "Training reads them by another one: look at them, or copy them again.",
    ),
    "image_tiny": Kind(WARNING, "images have a side below 32 pixels", "Too little is left of a face."),
    "image_black": Kind(WARNING, "images are black", "Look at the recordings, or convert them again."),
    "image_white": Kind(WARNING, "images are white", "16-bit or HDR sources, or failed crops?"),
    "image_constant": Kind(WARNING, "images have a single colour", "Failed decoding or crops?"),
    "image_blurred": Kind(NOTE, "images are far less sharp than others of their data set and class"),
    "metadata": Kind(NOTE, "files hold metadata (EXIF, XMP, text)", "It may reveal who, when and where."),
    "metadata_place": Kind(WARNING, "files hold where they were taken (GPS)", "Rewrite them without metadata."),
    "class_size": Kind(WARNING, "data sets where the size of an image reveals the class", "A network can learn that instead."),
    "class_format": Kind(WARNING, "data sets where the file format reveals the class", "Compression gives the class away."),
    # The same image twice.
    "same_classes": Kind(WARNING, "groups of the same image as real and as spoof", "One of the labels is wrong."),
    "near_classes": Kind(WARNING, "pairs of nearly the same image as real and as spoof", "One of the labels may be wrong."),
    "same_image": Kind(NOTE, "groups of recordings share an image"),
    "near_image": Kind(NOTE, "pairs of recordings have nearly the same image"),
    "same_frame": Kind(NOTE, "videos show the same image in several frames", "A frozen recording, or a wrong copy."),
    # Runs.
    "same_tested": Kind(WARNING, "runs test images that train as well under another name", "Their metrics are too good."),
    "near_tested": Kind(WARNING, "runs test images that nearly equal one that trains", "Their metrics may be too good."),
    "leak": Kind(WARNING, "runs test videos or subjects that train as well", "Their metrics are too good."),
    # Authors' lists.
    "lists_class": Kind(
        WARNING, "images have the other class in the authors' lists", "A label is wrong: look which, before you train."
    ),
    "lists_differ": Kind(WARNING, "lists differ from the authors'", "Metrics are not comparable with published ones."),
    "lists_absent": Kind(NOTE, "lists have no counterpart among the authors'"),
}


@dataclass(frozen=True)
class Finding:
    """What a check found in one place.

    Attributes:
        code: A key of :data:`KINDS`.
        where: List file, or domain and class.
        count: How many.
        examples: The first of them, paths or sentences; at most ``KEPT``.
        severity: The kind's, or less where only an option needs it.
        detail: A sentence on this one; '' for none.
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


def finding(code: str, where: str, items: Iterable[str], severity: str | None = None, detail: str = "") -> list[Finding]:
    """A list with the finding; an empty one where there are no items."""
    found: Sequence[str] = list(items)
    if not found:
        return []
    return [Finding(code, where, len(found), tuple(found[:KEPT]), severity or KINDS[code].severity, detail)]


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, then by kind in the order of :data:`KINDS`, then by place."""
    places = {code: place for place, code in enumerate(KINDS)}
    return sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), places[f.code], f.where))
