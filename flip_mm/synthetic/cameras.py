# SPDX-License-Identifier: Apache-2.0
"""Simulate cameras."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .patterns import RNG, Image


@dataclass(frozen=True)
class Camera:
    """Ranges of a camera's parameters; each video draws from them. Ranges of different cameras overlap."""

    blur: tuple[float, float]
    noise: tuple[float, float]
    warmth: tuple[float, float]
    gamma: tuple[float, float]
    vignette: tuple[float, float]
    sharpen: tuple[float, float]
    quality: tuple[int, int]


CAMERAS = {
    "M": Camera((0.3, 1.1), (0.005, 0.05), (-0.25, 0.15), (0.75, 1.25), (0.0, 0.3), (0.0, 1.0), (60, 95)),
    "C": Camera((0.4, 1.3), (0.008, 0.06), (-0.15, 0.25), (0.80, 1.35), (0.1, 0.4), (0.0, 0.8), (40, 90)),
    "I": Camera((0.5, 1.3), (0.010, 0.06), (-0.20, 0.20), (0.70, 1.20), (0.0, 0.4), (0.0, 0.9), (45, 90)),
    "O": Camera((0.3, 1.2), (0.006, 0.05), (-0.20, 0.25), (0.75, 1.30), (0.0, 0.3), (0.1, 1.1), (55, 95)),
    "W": Camera((0.2, 0.9), (0.010, 0.05), (-0.10, 0.30), (0.85, 1.35), (0.0, 0.2), (0.2, 1.2), (65, 95)),
    "CeFA": Camera((0.5, 1.4), (0.005, 0.04), (-0.30, 0.10), (0.70, 1.15), (0.1, 0.5), (0.0, 0.6), (50, 90)),
    "S": Camera((0.6, 1.5), (0.012, 0.06), (-0.20, 0.25), (0.75, 1.30), (0.1, 0.4), (0.0, 0.7), (40, 85)),
    "CelebA": Camera((0.3, 1.0), (0.005, 0.03), (-0.30, 0.30), (0.80, 1.25), (0.0, 0.3), (0.0, 0.8), (60, 95)),
}


@dataclass(frozen=True)
class CameraState:
    """Parameters of a camera in one video."""

    blur: float
    noise: float
    balance: tuple[float, float, float]
    level: float
    spread: float
    gamma: float
    vignette: float
    sharpen: float
    quality: int


def draw_camera_state(camera: Camera, rng: RNG) -> CameraState:
    """Draw the parameters of one video. Level, contrast and white balance vary more than the changes due to an attack."""
    warmth, tint = rng.uniform(*camera.warmth), rng.normal(0, 0.05)
    return CameraState(
        blur=rng.uniform(*camera.blur),
        noise=rng.uniform(*camera.noise),
        balance=(1 + warmth / 2, 1 + tint, 1 - warmth / 2),
        level=rng.uniform(0.3, 0.6),
        spread=rng.uniform(0.13, 0.24),
        gamma=rng.uniform(*camera.gamma),
        vignette=rng.uniform(*camera.vignette),
        sharpen=rng.uniform(*camera.sharpen),
        quality=int(rng.integers(*camera.quality)),
    )


def film_scene(scene: Image, camera: CameraState, rng: RNG) -> Image:
    """Record an image of a scene: optics, sensor, processing, compression.

    Args:
        scene: (S, S, 3) RGB in 0..1.
        camera: Parameters of the camera.
        rng: Random generator for the noise.

    Returns:
        (S, S, 3) float32 in 0..1.
    """
    size = scene.shape[0]
    image = cv2.GaussianBlur(scene, (0, 0), camera.blur * size / 112)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j].astype(np.float32)
    image = image * (1 - camera.vignette * (x**2 + y**2) / 2)[..., None]
    # Automatic exposure, contrast and white balance remove the global changes due to an attack.
    mean, deviation = image.mean((0, 1)), image.std((0, 1)) + 1e-3
    mean, deviation = (0.85 * value + 0.15 * value.mean() for value in (mean, deviation))
    image = camera.level * np.array(camera.balance, np.float32) + camera.spread * (image - mean) / deviation
    image = np.clip(image, 0, 1) ** camera.gamma
    image = image + rng.normal(0, camera.noise, image.shape).astype(np.float32)
    image = image + camera.sharpen * (image - cv2.GaussianBlur(image, (0, 0), 1.2))
    pixels = np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)
    _, code = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, camera.quality])
    return cv2.imdecode(code, cv2.IMREAD_COLOR).astype(np.float32) / 255
