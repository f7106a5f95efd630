# SPDX-License-Identifier: Apache-2.0
"""Draw faces from an identity and a view."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .patterns import RNG, Image, smooth_noise

SKIN = np.array(
    [[0.97, 0.83, 0.73], [0.90, 0.72, 0.58], [0.78, 0.57, 0.42], [0.58, 0.39, 0.27], [0.36, 0.23, 0.16]], np.float32
)
HAIR = np.array(
    [[0.06, 0.05, 0.05], [0.22, 0.13, 0.07], [0.45, 0.28, 0.12], [0.78, 0.62, 0.35], [0.55, 0.55, 0.55]], np.float32
)
IRIS = np.array([[0.18, 0.10, 0.05], [0.30, 0.22, 0.10], [0.25, 0.40, 0.55], [0.28, 0.42, 0.25]], np.float32)
SHIFT = 4  # cv2 draws with coordinates in 1/16 pixel


@dataclass(frozen=True)
class Identity:
    """Appearance of a person, the same in all images. Lengths are in units of half the head's height."""

    skin: NDArray[np.float32]
    hair: NDArray[np.float32]
    iris: NDArray[np.float32]
    cloth: NDArray[np.float32]
    width: float
    jaw: float
    eye_gap: float
    eye_size: float
    brow: float
    nose: float
    mouth: float
    hairline: float
    long_hair: bool
    beard: float
    glasses: bool
    stripes: int


@dataclass(frozen=True)
class View:
    """Pose, light and expression in one image. Lengths are in units of the image's side, angles in radians."""

    center: tuple[float, float]
    size: float
    roll: float
    light: tuple[float, float]
    contrast: float
    smile: float
    gaze: float


def draw_identity(rng: RNG) -> Identity:
    """Draw a random person."""
    tone = rng.uniform(0, len(SKIN) - 1.001)
    low = int(tone)
    skin = SKIN[low] + (tone - low) * (SKIN[low + 1] - SKIN[low]) + rng.normal(0, 0.015, 3)
    return Identity(
        skin=skin.astype(np.float32),
        hair=HAIR[rng.choice(5, p=[0.35, 0.3, 0.15, 0.1, 0.1])] * np.float32(rng.uniform(0.8, 1.2)),
        iris=IRIS[rng.choice(4, p=[0.5, 0.2, 0.15, 0.15])],
        cloth=rng.uniform(0.05, 0.95, 3).astype(np.float32),
        width=rng.uniform(0.68, 0.82),
        jaw=rng.uniform(0.72, 0.95),
        eye_gap=rng.uniform(0.29, 0.36),
        eye_size=rng.uniform(0.095, 0.125),
        brow=rng.uniform(0.03, 0.055),
        nose=rng.uniform(0.24, 0.34),
        mouth=rng.uniform(0.2, 0.3),
        hairline=rng.uniform(0.45, 0.72),
        long_hair=bool(rng.random() < 0.4),
        beard=float(rng.choice([0.0, 0.25, 0.6], p=[0.65, 0.2, 0.15])),
        glasses=bool(rng.random() < 0.2),
        stripes=int(rng.integers(0, 7)),
    )


def draw_view(rng: RNG) -> View:
    """Draw a random pose, light and expression."""
    return View(
        center=(0.5 + rng.normal(0, 0.025), 0.52 + rng.normal(0, 0.02)),
        size=rng.uniform(0.33, 0.41),
        roll=rng.normal(0, 0.07),
        light=(rng.uniform(-0.8, 0.8), rng.uniform(-0.6, 0.2)),
        contrast=rng.uniform(0.15, 0.6),
        smile=rng.uniform(-0.3, 1.0),
        gaze=rng.normal(0, 0.25),
    )


def next_view(view: View, rng: RNG) -> View:
    """Change a view slightly, as between two frames of a video."""
    return View(
        center=(view.center[0] + rng.normal(0, 0.006), view.center[1] + rng.normal(0, 0.006)),
        size=view.size * rng.uniform(0.985, 1.015),
        roll=view.roll + rng.normal(0, 0.015),
        light=view.light,
        contrast=view.contrast,
        smile=view.smile + rng.normal(0, 0.1),
        gaze=view.gaze + rng.normal(0, 0.15),
    )


class Canvas:
    """Draws in head coordinates: origin between eyes and mouth, y down, half of the head's height is 1."""

    def __init__(self, image: Image, view: View) -> None:
        self.image = image
        size = image.shape[0]
        self.scale = view.size * size
        self.origin = np.array(view.center) * size
        self.turn = np.array([[np.cos(view.roll), -np.sin(view.roll)], [np.sin(view.roll), np.cos(view.roll)]])

    def _point(self, x: float, y: float) -> tuple[int, int]:
        px, py = self.turn @ np.array([x, y]) * self.scale + self.origin
        return round(px * 2**SHIFT), round(py * 2**SHIFT)

    def ellipse(self, x: float, y: float, a: float, b: float, color: NDArray, arc: tuple[float, float] = (0, 360)) -> None:
        """Draw a filled ellipse, or a slice of it."""
        axes = (round(a * self.scale * 2**SHIFT), round(b * self.scale * 2**SHIFT))
        angle = float(np.degrees(np.arctan2(self.turn[1, 0], self.turn[0, 0])))
        cv2.ellipse(self.image, self._point(x, y), axes, angle, *arc, np.asarray(color, float).tolist(), -1, cv2.LINE_AA, SHIFT)

    def polygon(self, points: list[tuple[float, float]], color: NDArray) -> None:
        """Draw a filled polygon."""
        corners = np.array([self._point(*point) for point in points], np.int32)
        cv2.fillPoly(self.image, [corners], np.asarray(color, float).tolist(), cv2.LINE_AA, SHIFT)

    def curve(self, points: list[tuple[float, float]], width: float, color: NDArray) -> None:
        """Draw a line through points."""
        corners = np.array([self._point(*point) for point in points], np.int32)
        thickness = max(1, round(width * self.scale))
        cv2.polylines(self.image, [corners], False, np.asarray(color, float).tolist(), thickness, cv2.LINE_AA, SHIFT)


def head_shading(view: View, size: int) -> Image:
    """Brightness of an ellipsoid of the head's size, (size, size, 1), about 1 in the middle."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    nx, ny = (x - view.center[0]) / (0.9 * view.size), (y - view.center[1]) / (1.1 * view.size)
    nz = np.sqrt(np.clip(1 - nx**2 - ny**2, 0.05, 1))
    light = np.array([*view.light, 0.8])
    lambert = (nx * light[0] + ny * light[1] + nz * light[2]) / np.linalg.norm(light)
    return (1 + view.contrast * (lambert - 0.75))[..., None].astype(np.float32)


def draw_person(who: Identity, view: View, background: Image, rng: RNG) -> Image:
    """Draw a person in front of a background.

    Args:
        who: The person.
        view: Pose, light, expression.
        background: (S, S, 3) RGB in 0..1.
        rng: Random generator for the skin texture.

    Returns:
        (S, S, 3) RGB float32 in 0..1, as seen by an ideal camera.
    """
    image = background.copy()
    pen = Canvas(image, view)
    size = image.shape[0]
    skin, shadow = who.skin, who.skin * 0.72
    if who.long_hair:
        pen.ellipse(0, 0.1, who.width * 1.3, 1.35, who.hair * 0.9)
    pen.ellipse(0, 2.0, 1.5, 1.0, who.cloth)
    for i in range(who.stripes):
        pen.curve([(-1.5, 1.25 + 0.17 * i), (1.5, 1.25 + 0.17 * i)], 0.06, 1 - who.cloth)
    pen.polygon([(-0.32, 0.6), (0.32, 0.6), (0.42, 1.3), (-0.42, 1.3)], shadow)
    for side in (-1, 1):
        pen.ellipse(side * who.width, 0.02, 0.1, 0.2, shadow)
    pen.ellipse(0, -0.15, who.width * 1.08, 1.0, who.hair)
    pen.ellipse(0, -0.1, who.width, 0.86, skin)
    pen.ellipse(0, 0.25, who.width * who.jaw, 0.75, skin)
    pen.ellipse(0, -1.0 + 0.1, who.width * 0.98, 1 - who.hairline, who.hair)
    if who.beard:
        pen.ellipse(0, 0.62, who.width * who.jaw * 0.85, 0.4, skin * (1 - who.beard) + who.hair * who.beard, (0, 180))
    for side in (-1, 1):
        x = side * who.eye_gap
        pen.ellipse(side * 0.42, 0.3, 0.16, 0.12, skin * np.array([1.03, 0.93, 0.92]))
        pen.ellipse(x, -0.12, who.eye_size * 1.5, who.eye_size * 0.95, skin * 0.86)
        pen.ellipse(x, -0.1, who.eye_size * 1.15, who.eye_size * 0.62, np.array([0.93, 0.92, 0.9]))
        pen.ellipse(x + 0.05 * view.gaze, -0.1, who.eye_size * 0.55, who.eye_size * 0.6, who.iris)
        pen.ellipse(x + 0.05 * view.gaze, -0.1, who.eye_size * 0.26, who.eye_size * 0.28, np.full(3, 0.02))
        pen.ellipse(x + 0.05 * view.gaze + 0.02, -0.13, 0.018, 0.018, np.ones(3))
        arch = [(x - 0.15, -0.27), (x, -0.33), (x + 0.15, -0.28)]
        pen.curve(arch, who.brow, who.hair * 0.8)
    pen.polygon([(-0.05, -0.08), (0.05, -0.08), (0.12, who.nose), (-0.12, who.nose)], skin * 0.95)
    pen.ellipse(0, who.nose, 0.12, 0.06, skin * 0.85)
    for side in (-1, 1):
        pen.ellipse(side * 0.06, who.nose + 0.025, 0.025, 0.018, skin * 0.45)
    lips = np.clip(skin * np.array([0.95, 0.62, 0.62]), 0, 1)
    lift = 0.07 * view.smile
    for y, b in ((0.53, 0.055), (0.57, 0.06)):
        pen.ellipse(0, y, who.mouth, b, lips)
    pen.curve([(-who.mouth, 0.55 - lift), (0, 0.56), (who.mouth, 0.55 - lift)], 0.025, lips * 0.5)
    if who.glasses:
        for side in (-1, 1):
            ring = [(side * who.eye_gap + 0.19 * np.cos(t), -0.1 + 0.15 * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 20)]
            pen.curve(ring, 0.03, np.full(3, 0.1))
        pen.curve([(-0.13, -0.12), (0.13, -0.12)], 0.03, np.full(3, 0.1))
    grain = 0.018 * smooth_noise(rng, size, 1.5) + 0.02 * smooth_noise(rng, size, size / 24)
    lit = image * head_shading(view, size) * (1 + grain[..., None])
    person = np.abs(image - background).sum(2, keepdims=True) > 1e-3
    return np.clip(np.where(person, lit, background), 0, 1).astype(np.float32)
