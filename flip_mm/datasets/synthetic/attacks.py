# SPDX-License-Identifier: Apache-2.0
"""Present the image of a face on paper, on a screen or as a mask.

Every cue has a strength of its own, drawn per video; some are near zero.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from .faces import RNG, Identity, Image, View, draw_person, head_shading, smooth_noise


def strength(rng: RNG) -> float:
    """Of one cue in one video, 0..1, small values included."""
    return float(rng.beta(1.6, 1.1))


def _grid(size: int) -> tuple[Image, Image]:
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    return x, y


def _mount(picture: Image, room: Image, rng: RNG, border: Image | float, margin: float) -> Image:
    """Put a picture with a border of ``margin`` before a room, a little turned and out of perspective."""
    size = picture.shape[0]
    pad = max(1, round(margin * size))
    framed = np.empty((size + 2 * pad, size + 2 * pad, 3), np.float32)
    framed[:] = border
    framed[pad:-pad, pad:-pad] = picture
    outer = float(size + 2 * pad)
    zoom = rng.uniform(0.80, 1.06)
    half, middle = zoom * outer / 2, size / 2 + rng.normal(0, 0.05 * size, 2)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * half
    turn = rng.normal(0, 0.06)
    corners = corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    corners = (corners + middle + rng.normal(0, 0.02 * size, (4, 2))).astype(np.float32)
    source = np.array([[0, 0], [outer, 0], [outer, outer], [0, outer]], np.float32)
    warp = cv2.getPerspectiveTransform(source, corners)
    flags = cv2.INTER_LINEAR
    mask = cv2.warpPerspective(np.ones(framed.shape[:2], np.float32), warp, (size, size), flags=flags)[..., None]
    return mask * cv2.warpPerspective(framed, warp, (size, size), flags=flags) + (1 - mask) * room


def print_photo(face: Image, room: Image, rng: RNG) -> Image:
    """A printed photo, held before the camera: halftone, paper, reduced gamut, fold, bend, cut edges.

    Args:
        face: (S, S, 3) RGB in 0..1, the photo.
        room: (S, S, 3), where it is shown.
        rng: Source of everything that varies.

    Returns:
        (S, S, 3) float32 in 0..1.
    """
    size = face.shape[0]
    x, y = _grid(size)
    gamut = 0.35 * strength(rng)
    paper = np.array([0.93, 0.92, 0.88], np.float32) * rng.uniform(0.9, 1.05)
    ink = face * (1 - gamut) + gamut * (0.55 * paper + 0.45 * face.mean(2, keepdims=True))
    period, dots = size / rng.uniform(20, 34), strength(rng)
    for channel, degrees in enumerate((15, 75, 45)):
        a = np.radians(degrees)
        u, v = (np.cos(a) * x + np.sin(a) * y) / period, (np.cos(a) * y - np.sin(a) * x) / period
        screen = 0.25 * (np.cos(2 * np.pi * u) + np.cos(2 * np.pi * v))
        ink[..., channel] += 0.42 * dots * screen * (1 - 0.5 * ink[..., channel])
    ink += (0.05 * strength(rng) * smooth_noise(rng, size, size / 40))[..., None]
    lines = 0.12 * strength(rng) * (rng.random(size) < 0.08)
    ink += (lines * rng.choice([-1, 1], size))[:, None, None].astype(np.float32)
    for _ in range(rng.integers(1, 4)):
        ink *= _fold(x, y, size, strength(rng), rng)[..., None]
    bend = 0.35 * strength(rng) * np.sin(np.pi * (x / size * rng.uniform(0.7, 1.6) + rng.uniform(0, 1)))
    ink = np.clip(ink * (1 + bend)[..., None], 0, 1) * paper
    return np.clip(_mount(ink, room, rng, paper, rng.uniform(0.02, 0.1)), 0, 1).astype(np.float32)


def _fold(x: Image, y: Image, size: int, depth: float, rng: RNG) -> Image:
    """Brightness of a sheet with one crease: bright on one side of it, dark on the other."""
    angle, at = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.12), rng.uniform(0.2, 0.8) * size
    distance = np.cos(angle) * (x - at) + np.sin(angle) * (y - at)
    side = np.tanh(distance / (0.012 * size)) * np.exp(-np.abs(distance) / (0.12 * size))
    return (1 + 0.35 * depth * side).astype(np.float32)


def replay(face: Image, room: Image, rng: RNG) -> Image:
    """A video on a screen: pixel grid, moire, refresh band, glare, backlight, bezel. Arguments as :func:`print_photo`."""
    size = face.shape[0]
    x, y = _grid(size)
    black = 0.12 * strength(rng)
    screen = black + (1 - black) * face
    period, grid = size / rng.uniform(24, 40), 0.35 * strength(rng)
    for channel in range(3):
        screen[..., channel] *= 1 + grid * np.cos(2 * np.pi * (x / period + channel / 3))
    screen *= (1 + grid * np.cos(2 * np.pi * y / period))[..., None]
    screen += 0.30 * strength(rng) * _moire(x / size, y / size, rng)
    band, width = rng.uniform(0, 1), rng.uniform(0.06, 0.16)
    screen *= (1 - 0.45 * strength(rng) * np.exp(-(((y / size - band) / width) ** 2)))[..., None]
    (gx, gy), (gw, gh) = rng.uniform(0.1, 0.9, 2), rng.uniform(0.05, 0.22, 2)
    glare = np.exp(-(((x / size - gx) / gw) ** 4) - ((y / size - gy) / gh) ** 4)
    screen = np.clip(screen, 0, 1) + (0.7 * strength(rng) * glare)[..., None]
    bezel = np.full(3, rng.choice([0.03, 0.08, 0.85]), np.float32)
    return np.clip(_mount(np.clip(screen, 0, 1), room, rng, bezel, rng.uniform(0.03, 0.09)), 0, 1).astype(np.float32)


def _moire(x: Image, y: Image, rng: RNG) -> Image:
    """Coloured interference stripes, bent, a little different per colour. (S, S, 3), -1..1."""
    angle, waves = rng.uniform(0, np.pi), rng.uniform(7, 15)
    bend = rng.uniform(-0.25, 0.25)
    u = np.cos(angle) * x + np.sin(angle) * y + bend * (x - 0.5) * (y - 0.5)
    shifts = rng.uniform(0, 2.5, 3)
    return np.stack([np.cos(2 * np.pi * waves * u + shift) for shift in shifts], axis=2).astype(np.float32)


def mask(who: Identity, view: View, room: Image, rng: RNG) -> Image:
    """A person behind a rigid mask: one flat colour, dark eye holes, a hard edge, no grain; worn in the room itself."""
    image = draw_person(who, view, room, rng)
    size = image.shape[0]
    x, y = _grid(size)
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


ATTACKS: dict[str, Callable[[Image, Image, RNG], Image]] = {"print": print_photo, "replay": replay}
