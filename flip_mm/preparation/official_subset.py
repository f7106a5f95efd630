# SPDX-License-Identifier: Apache-2.0
"""Which images of CelebA-Spoof are converted: it has far more than the protocols use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flip_mm.datasets.archive import WHOLE, Problem, Recording, Scan
from flip_mm.utils.stable_order import hash_order

from .official_lists import OfficialLists


def choose(scan: Scan, per_class: int, official: OfficialLists | None = None) -> Scan:
    """Take the recordings that the authors' lists name or, without them, as many of each class.

    Args:
        scan: All recordings, each of one image.
        per_class: How many of each class, the first ones in the order of the SHA-256 of their names; 0 takes all.
        official: The authors' lists. The images that they name are taken, in the class that they say.

    Returns:
        The scan with fewer recordings, their number left out, and a problem if the lists name images that are not there.

    Example:
        >>> recordings = [Recording("CelebA", f"{k}.jpg", f"celeb/real/1_live_{k:06d}", "image", "single") for k in range(9)]
        >>> chosen = choose(Scan(recordings), per_class=2)
        >>> [recording.source for recording in chosen.recordings], sum(chosen.left_out.values())
        (['3.jpg', '8.jpg'], 7)
    """
    if not per_class:
        return scan
    if official:
        stems = {path.rpartition("/")[2]: path for path in (output.rpartition(".")[0] for output in official.outputs())}
        return _take_named(scan, stems)
    classes: dict[str, list[Recording]] = {}
    for recording in scan.recordings:
        classes.setdefault(recording.label, []).append(recording)
    taken = set()
    for own in classes.values():
        taken |= {recording.stem for recording in sorted(own, key=lambda recording: hash_order(recording.stem))[:per_class]}
    return _take(scan, [recording for recording in scan.recordings if recording.stem in taken])


def _take_named(scan: Scan, stems: Mapping[str, str]) -> Scan:
    """Stems by their last part, which names an image without its class."""
    recordings, moved = [], 0
    for recording in scan.recordings:
        if stem := stems.get(recording.stem.rpartition("/")[2]):
            moved += stem != recording.stem
            recordings.append(recording if stem == recording.stem else replace(recording, stem=stem))
    chosen = _take(scan, recordings)
    if moved:
        chosen.notes.append(f"Images of another class in the authors' lists: {moved}. The lists decide.")
    missing = sorted(set(stems.values()) - {recording.stem for recording in recordings})
    if missing:
        examples = ", ".join(missing[:3])
        reason = f"has {len(recordings)} of the {len(stems)} images that the authors' lists name; missing are {examples}, ..."
        chosen.problems.append(Problem(WHOLE, reason))
    return chosen


def _take(scan: Scan, recordings: list[Recording]) -> Scan:
    chosen = Scan(recordings, list(scan.problems), scan.left_out.copy(), list(scan.notes))
    if rest := len(scan.recordings) - len(recordings):
        chosen.left_out["images that the lists do not name"] += rest
    return chosen
