# SPDX-License-Identifier: Apache-2.0
"""Findings about the picture of a face that make a verdict on it unreliable.

The limits were measured by tools/benchmarks/face_quality.py; docs/faces.md has the results.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from flip_mm.media.quality import luma_quantiles, relative_sharpness

from .box_doubts import SECOND_FACE, box_doubts
from .face import Face
from .face_selection import CONFIDENT
from .pose import measure_pose

# Difference of the 95 % and the 5 % quantile of the luma of a picture without contrast.
MIN_CONTRAST = 0.05
# Nine tenths of the pixels of a dark picture are darker than this luma, half of those of a bright picture brighter.
DARK, DARK_SHARE = 0.2, 0.9
BRIGHT, BRIGHT_SHARE = 0.98, 0.5
MIN_RELATIVE_SHARPNESS = 0.05
# Of noise it is 20, where each pixel is independent of its neighbours; of 206 drawn crops 2.3 at most.
MAX_RELATIVE_SHARPNESS = 15
# Larger side of a face's box, or smaller side of a ready crop, in pixels.
MIN_FACE = 48
MAX_ROLL = 30
MAX_YAW = 0.4
MIN_PITCH, MAX_PITCH = 0.25, 0.85
# Distance of a box from the edge of the picture, in units of the larger side of the box.
MIN_SPACE = 0.03


class Kind(NamedTuple):
    """Kind of a finding.

    Attributes:
        blocks: Whether the verdict is 'unsure' whatever the score is.
        advice: What the user should do, one sentence.
    """

    blocks: bool
    advice: str


KINDS = {
    "no_face": Kind(True, "No face was found: look straight into the camera, and let your face fill a third of the picture."),
    "flat": Kind(True, "The picture has no contrast: check that the camera is not covered."),
    "too_dark": Kind(True, "The face is too dark: turn on a light in front of the face."),
    "too_bright": Kind(True, "The face is too bright: turn away from the light, or reduce the exposure of the camera."),
    "blurred": Kind(True, "The face is blurred: clean the lens, hold the camera still, and let it focus."),
    "noise": Kind(True, "The picture is noise: check the camera and its cable, or turn on a light."),
    "too_small": Kind(True, "The face is too small: come closer to the camera, or use a picture with a higher resolution."),
    "turned": Kind(True, "The face is turned or tilted: hold the camera upright and look straight into it."),
    "cut_by_border": Kind(True, "The face is cut by the edge of the picture: leave space on all sides of the face."),
    "uncertain_box": Kind(True, "The position of the face is uncertain: show one face, in front of a plain background."),
    "several_faces": Kind(False, "There are several faces, and the verdict is about the largest one: show one face."),
}


class Finding(NamedTuple):
    """One finding.

    Attributes:
        code: Key of :data:`KINDS`.
        blocks: Whether the verdict is 'unsure' whatever the score is.
        advice: What the user should do, one sentence.
        value: The number that was compared with a limit; None if there is none.
    """

    code: str
    blocks: bool
    advice: str
    value: float | None = None


def quality_findings(
    image: np.ndarray | None, face: Face | None, faces: Sequence[Face] | None, crop: np.ndarray | None, margin: float = 0.1
) -> list[Finding]:
    """Look for what makes a verdict unreliable.

    Args:
        image: (H, W, 3) uint8 RGB, the picture in which faces were looked for; None for a ready crop.
        face: The selected face in pixels of the picture; None if there is none.
        faces: All faces in the picture; None for a ready crop, in which faces were not looked for.
        crop: (h, w, 3) uint8 RGB, the crop of the face before it is resized for the network, or after; a ready crop must be as
            the user gave it. None if there is no face: then the picture is checked, which may show why.
        margin: Margin of the crop, as a share of the larger side of the box.

    Returns:
        The findings, those that block first.
    """
    if faces is None:
        found = [("too_small", float(side))] if crop is not None and (side := min(crop.shape[:2])) < MIN_FACE else []
    elif face is None:
        found = [("no_face", None)]
    else:
        found = [*_box_findings(image.shape[1], image.shape[0], face, faces), *_pose_findings(face)]
    seen = image if crop is None else crop
    if seen is not None:
        found += _pixel_findings(seen, sharp=crop is not None, is_ready=faces is None)
    findings = [Finding(code, *KINDS[code], value) for code, value in found]
    if face is not None and (doubt := _box_doubt(face, faces or (), margin)):
        findings.append(doubt)
    return sorted(findings, key=lambda finding: (not finding.blocks, list(KINDS).index(finding.code)))


def _box_findings(width: int, height: int, face: Face, faces: Sequence[Face]) -> Iterator[tuple[str, float | None]]:
    x0, y0, x1, y1 = face.box
    side = max(x1 - x0, y1 - y0)
    if side < MIN_FACE:
        yield "too_small", side
    space = min(x0, y0, width - x1, height - y1) / side
    if space < MIN_SPACE:
        yield "cut_by_border", space
    if len(faces) > 1:
        yield "several_faces", float(len(faces))


def _pose_findings(face: Face) -> Iterator[tuple[str, float | None]]:
    if face.landmarks is None:
        return
    pose = measure_pose(face.landmarks)
    if abs(pose.roll) > MAX_ROLL:
        yield "turned", pose.roll
    elif abs(pose.yaw) > MAX_YAW:
        yield "turned", pose.yaw
    elif not MIN_PITCH <= pose.pitch <= MAX_PITCH:
        yield "turned", pose.pitch


def _pixel_findings(pixels: np.ndarray, sharp: bool, is_ready: bool) -> Iterator[tuple[str, float | None]]:
    """Findings about the pixels of a crop, or of a picture without a face (``sharp=False``)."""
    low, dark, bright, high = luma_quantiles(pixels, (0.05, DARK_SHARE, 1 - BRIGHT_SHARE, 0.95))
    flat = high - low < MIN_CONTRAST
    if flat:
        yield "flat", high - low
    if dark < DARK:
        yield "too_dark", dark
    if bright > BRIGHT:
        yield "too_bright", bright
    if sharp and not flat:
        value = relative_sharpness(pixels)
        if value < MIN_RELATIVE_SHARPNESS:
            yield "blurred", value
        # A face detector finds none in noise.
        if is_ready and value > MAX_RELATIVE_SHARPNESS:
            yield "noise", value


def _box_doubt(face: Face, faces: Sequence[Face], margin: float) -> Finding | None:
    """Finding about an uncertain box; it does not block if only the landmarks are missing, which some detectors never find."""
    doubts = box_doubts(face, faces, margin)
    unsure = face.score is not None and face.score < CONFIDENT
    if not doubts and not unsure:
        return None
    return Finding("uncertain_box", unsure or SECOND_FACE in doubts, KINDS["uncertain_box"].advice, face.score)
