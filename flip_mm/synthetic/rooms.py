# SPDX-License-Identifier: Apache-2.0
"""Draw the background of a person, or of an attack medium."""

from __future__ import annotations

import cv2
import numpy as np

from .patterns import PATTERNS, RNG, Image, smooth_noise


def draw_wall(rng: RNG, size: int) -> Image:
    """Draw a wall, a curtain, tiles or clutter, (size, size, 3) in 0..1.

    More than half of the walls have the same patterns as paper and screens (wallpaper, blinds, cloth), so that a pattern
    outside the face does not reveal an attack.
    """
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    low, high = rng.uniform(0.05, 0.95, (2, 1)) + rng.normal(0, 0.12, (2, 3))
    angle = rng.uniform(0, np.pi)
    ramp = np.cos(angle) * x + np.sin(angle) * y
    kind = rng.integers(0, 4)
    if kind == 1:  # curtain
        ramp = 0.5 + 0.5 * np.sin(2 * np.pi * rng.uniform(3, 14) * (x + 0.02 * np.sin(6 * y)) + rng.uniform(0, 6))
    elif kind == 2:  # tiles or window bars
        bars = rng.uniform(3, 9)
        ramp = (((x * bars) % 1 < 0.12) | ((y * bars) % 1 < 0.12)).astype(np.float32)
    elif kind == 3:  # clutter
        ramp = np.clip(0.5 + 0.4 * smooth_noise(rng, size, size / rng.uniform(4, 20)), 0, 1)
    image = (low + (high - low) * np.clip(ramp, 0, 1)[..., None]).astype(np.float32)
    if rng.random() < 0.6:
        image += rng.uniform(0.05, 0.3) * PATTERNS[rng.integers(len(PATTERNS))](size, rng)
    return np.clip(image, 0, 1)


def draw_room(rng: RNG, size: int) -> Image:
    """Draw a wall with doors, posters and lamps, partly out of focus. (size, size, 3) in 0..1."""
    image = draw_wall(rng, size)
    for _ in range(rng.integers(0, 5)):
        (x0, y0), (w, h) = rng.uniform(-0.2, 0.9, 2), rng.uniform(0.1, 0.7, 2)
        corners = (np.array([x0, y0, x0 + w, y0 + h]) * size).astype(int)
        color = np.clip(rng.uniform(0, 1) + rng.normal(0, 0.15, 3), 0, 1)
        cv2.rectangle(image, corners[:2].tolist(), corners[2:].tolist(), color.tolist(), -1)
    return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, size / 60))


def mount(picture: Image, room: Image, rng: RNG, border: Image | float) -> Image:
    """Draw a picture with a border in front of a room, slightly rotated and distorted; often it fills the view.

    Args:
        picture: (S, S, 3).
        room: (S, S, 3).
        rng: Random generator for position and size.
        border: Colour of the border.

    Returns:
        (S, S, 3).
    """
    size = picture.shape[0]
    pad = max(1, round(rng.uniform(0.02, 0.09) * size))
    framed = np.empty((size + 2 * pad, size + 2 * pad, 3), np.float32)
    framed[:] = border
    framed[pad:-pad, pad:-pad] = picture
    outer = float(size + 2 * pad)
    half, middle = rng.uniform(0.82, 1.25) * outer / 2, size / 2 + rng.normal(0, 0.04 * size, 2)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * half
    turn = rng.normal(0, 0.06)
    corners = corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    corners = (corners + middle + rng.normal(0, 0.02 * size, (4, 2))).astype(np.float32)
    source = np.array([[0, 0], [outer, 0], [outer, outer], [0, outer]], np.float32)
    warp = cv2.getPerspectiveTransform(source, corners)
    cover = cv2.warpPerspective(np.ones(framed.shape[:2], np.float32), warp, (size, size))[..., None]
    return cover * cv2.warpPerspective(framed, warp, (size, size)) + (1 - cover) * room


def border_colour(rng: RNG) -> Image:
    """Draw the border colour of a sheet of paper, a black or white bezel, or a wooden frame."""
    return np.float32(rng.choice([0.04, 0.1, 0.45, 0.85, 0.93])) * np.ones(3, np.float32)


def draw_backdrop(rng: RNG, size: int) -> Image:
    """Draw the background of a real person: a room, or a board, window or screen with the shape of an attack medium."""
    room = draw_room(rng, size)
    if rng.random() < 0.15:
        return room
    return mount(draw_room(rng, size), room, rng, border_colour(rng))
