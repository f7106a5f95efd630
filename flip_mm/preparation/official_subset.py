# SPDX-License-Identifier: Apache-2.0
"""Select the images of CelebA-Spoof to convert: it has far more than the protocols use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flip_mm.datasets.archive import WHOLE_ARCHIVE, Problem, Recording, Scan
from flip_mm.utils.stable_order import hash_order
from flip_mm.utils.text import first_few

from .official_lists import OfficialLists


def select_subset(scan: Scan, per_class: int, official: OfficialLists | None = None) -> Scan:
    """Select the recordings that the authors' lists name or, without lists, a fixed number of each class.

    Args:
        scan: All recordings, each of one image.
        per_class: Number of recordings per class, the first ones in the order of the SHA-256 of their names; 0 selects all.
        official: The authors' lists, which decide about the images and their class.

    Returns:
        The scan with the selected recordings, the number of skipped ones, and a problem if images of the lists are missing.

    Example:
        >>> recordings = [Recording("CelebA", f"{k}.jpg", f"celeb/real/1_live_{k:06d}", "image", "single") for k in range(9)]
        >>> subset = select_subset(Scan(recordings), per_class=2)
        >>> [recording.source for recording in subset.recordings], sum(subset.left_out.values())
        (['3.jpg', '8.jpg'], 7)
    """
    if not per_class:
        return scan
    if official:
        stems = {path.rpartition("/")[2]: path for path in (output.rpartition(".")[0] for output in official.outputs())}
        return _select_named(scan, stems)
    classes: dict[str, list[Recording]] = {}
    for recording in scan.recordings:
        classes.setdefault(recording.label, []).append(recording)
    selected = set()
    for of_class in classes.values():
        in_order = sorted(of_class, key=lambda recording: hash_order(recording.stem))
        selected |= {recording.stem for recording in in_order[:per_class]}
    return _subset(scan, [recording for recording in scan.recordings if recording.stem in selected])


def _select_named(scan: Scan, stems: Mapping[str, str]) -> Scan:
    """Select recordings by name; ``stems`` maps the file name, which does not contain the class, to the official stem."""
    recordings, moved = [], 0
    for recording in scan.recordings:
        if stem := stems.get(recording.stem.rpartition("/")[2]):
            moved += stem != recording.stem
            recordings.append(recording if stem == recording.stem else replace(recording, stem=stem))
    subset = _subset(scan, recordings)
    if moved:
        subset.notes.append(f"Images with another class in the authors' lists: {moved}. The lists decide.")
    missing = sorted(set(stems.values()) - {recording.stem for recording in recordings})
    if missing:
        reason = f"has {len(recordings)} of the {len(stems)} images in the authors' lists; missing: {first_few(missing, 3)}."
        subset.problems.append(Problem(WHOLE_ARCHIVE, reason))
    return subset


def _subset(scan: Scan, recordings: list[Recording]) -> Scan:
    subset = Scan(recordings, list(scan.problems), scan.left_out.copy(), list(scan.notes))
    if skipped := len(scan.recordings) - len(recordings):
        subset.left_out["images that the lists do not name"] += skipped
    return subset
