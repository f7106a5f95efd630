# SPDX-License-Identifier: Apache-2.0
"""Simulate presentation attacks: a face on paper, on a screen or as a mask.

The strength of each artefact is drawn separately for each video; some strengths are near zero.
"""

from __future__ import annotations

import cv2
import numpy as np

from .faces import Canvas, Identity, View, draw_identity, draw_person, head_shading
from .patterns import RNG, Image, grid, halftone, moire, pixel_grid, smooth_noise
from .rooms import border_colour, mount


def strength(rng: RNG) -> float:
    """Draw the strength of one artefact in one video, 0..1, including small values."""
    return float(rng.beta(1.4, 1.3))


def print_photo(face: Image, room: Image, rng: RNG) -> Image:
    """Draw a printed photo in front of the camera: halftone, paper, reduced gamut, streaks, folds, bend, cut edges.

    Args:
        face: The photo, (S, S, 3) RGB in 0..1.
        room: The background, (S, S, 3).
        rng: Random generator.

    Returns:
        (S, S, 3) float32 in 0..1.
    """
    return np.clip(mount(_ink(face, rng), room, rng, border_colour(rng)), 0, 1).astype(np.float32)


def _ink(face: Image, rng: RNG) -> Image:
    """Draw the printed sheet, (S, S, 3) in 0..1."""
    size = face.shape[0]
    x, y = grid(size)
    gamut = 0.3 * strength(rng)
    ink = face * (1 - gamut) + gamut * (0.5 + 0.5 * face.mean(2, keepdims=True) - 0.25)
    ink += 0.16 * strength(rng) * halftone(size, rng) * (1.2 - ink)
    ink += (0.04 * strength(rng) * smooth_noise(rng, size, size / 40))[..., None]
    streaks = 0.12 * strength(rng) * (rng.random(size) < 0.06) * rng.choice([-1, 1], size)
    ink += streaks[:, None, None].astype(np.float32)
    for _ in range(rng.integers(1, 4)):
        ink *= _fold(x, y, size, strength(rng), rng)[..., None]
    bend = 0.25 * strength(rng) * np.sin(np.pi * (x / size * rng.uniform(0.7, 1.6) + rng.uniform(0, 2)))
    return np.clip(ink * (1 + bend)[..., None], 0, 1)


def _fold(x: Image, y: Image, size: int, depth: float, rng: RNG) -> Image:
    """Brightness of a sheet with one fold: bright on one side of it, dark on the other."""
    angle, at = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.12), rng.uniform(0.2, 0.8) * size
    distance = np.cos(angle) * (x - at) + np.sin(angle) * (y - at)
    side = np.tanh(distance / (0.012 * size)) * np.exp(-np.abs(distance) / (0.12 * size))
    return (1 + 0.35 * depth * side).astype(np.float32)


def cut_photo(face: Image, view: View, parts: str, room: Image, rng: RNG) -> Image:
    """Draw a printed photo with holes, through which the eyes, nose or mouth of the attacker are visible.

    Args:
        face: The photo, (S, S, 3) RGB in 0..1.
        view: View of the face; the attacker's face is at the same position.
        parts: Parts that are cut out: ``e`` eyes, ``n`` nose, ``m`` mouth.
        room: The background, (S, S, 3).
        rng: Random generator.

    Returns:
        (S, S, 3) float32 in 0..1.
    """
    size = face.shape[0]
    holes = np.zeros((size, size, 3), np.float32)
    pen = Canvas(holes, view)
    grow = rng.uniform(0.85, 1.25)
    for x, y, width, height in (hole for part in parts for hole in HOLES[part]):
        pen.ellipse(x, y, grow * width, grow * height, np.ones(3))
    attacker = draw_person(draw_identity(rng), view, room, rng)
    # The sheet casts a shadow on the face.
    shade = 1 - (0.2 + 0.4 * strength(rng)) * cv2.GaussianBlur(1 - holes, (0, 0), size / 40)
    sheet = (1 - holes) * _ink(face, rng) + holes * attacker * shade
    return np.clip(mount(sheet, room, rng, border_colour(rng)), 0, 1).astype(np.float32)


def replay(face: Image, room: Image, rng: RNG) -> Image:
    """Draw a video on a screen: pixel grid, moire, refresh band, glare, backlight, bezel. Arguments: :func:`print_photo`."""
    size = face.shape[0]
    x, y = grid(size)
    black = 0.1 * strength(rng)
    screen = black + (1 - black) * face
    screen = screen * (1 + 0.22 * strength(rng) * pixel_grid(size, rng))
    screen += 0.14 * strength(rng) * moire(size, rng)
    band, width = rng.uniform(0, 1), rng.uniform(0.06, 0.16)
    screen *= (1 - 0.4 * strength(rng) * np.exp(-(((y / size - band) / width) ** 2)))[..., None]
    (gx, gy), (gw, gh) = rng.uniform(0.1, 0.9, 2), rng.uniform(0.05, 0.2, 2)
    glare = np.exp(-(((x / size - gx) / gw) ** 4) - ((y / size - gy) / gh) ** 4)
    screen = np.clip(screen, 0, 1) + (0.6 * strength(rng) * glare)[..., None]
    return np.clip(mount(np.clip(screen, 0, 1), room, rng, border_colour(rng)), 0, 1).astype(np.float32)


def mask(who: Identity, view: View, room: Image, rng: RNG) -> Image:
    """Draw a person with a rigid mask in a room: one flat colour, dark eye holes, a hard edge, no skin texture."""
    image = draw_person(who, view, room, rng)
    size = image.shape[0]
    x, y = grid(size)
    nx, ny = (x / size - view.center[0]) / view.size, (y / size - view.center[1]) / view.size
    inside = (nx / 0.8) ** 2 + ((ny - 0.05) / 0.95) ** 2 < 1
    holes = sum((((nx - s * who.eye_gap) / 0.13) ** 2 + ((ny + 0.1) / 0.08) ** 2 < 1) for s in (-1, 1)) > 0
    flat = (0.5 * who.skin + 0.5 * np.array([0.85, 0.75, 0.68])) * head_shading(view, size) ** 2
    blend = (0.55 + 0.4 * strength(rng)) * (inside & ~holes)
    soft = cv2.GaussianBlur(image, (0, 0), size / 45)
    worn = image + blend[..., None] * (0.6 * flat + 0.4 * soft - image)
    worn[inside & holes] *= 0.7
    edge = cv2.morphologyEx(inside.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    worn[edge] *= 1 - 0.5 * strength(rng)
    return np.clip(worn, 0, 1).astype(np.float32)


# Ellipses in head coordinates: centre and half axes.
HOLES = {
    "e": ((-0.33, -0.1, 0.2, 0.12), (0.33, -0.1, 0.2, 0.12)),
    "n": ((0, 0.18, 0.16, 0.2),),
    "m": ((0, 0.55, 0.3, 0.13),),
}
CUTS = {"cut_en": "en", "cut_enm": "enm"}
ATTACKS = {"print": print_photo, "replay": replay}
