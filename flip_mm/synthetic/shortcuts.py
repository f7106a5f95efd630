# SPDX-License-Identifier: Apache-2.0
"""Baselines without the face: classify by colour, size, border or sharpness, to find shortcuts in a data set."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from flip_mm.datasets.image_source import read_image_file
from flip_mm.evaluation.functional import auc, average_videos

SIDE = 64
Features = NDArray[np.float64]


def _colour(size: int, image: Features) -> Features:
    pixels = image.reshape(-1, 3)
    return np.concatenate([pixels.mean(0), pixels.std(0)])


def _image_size(size: int, image: Features) -> Features:
    return np.array(image.shape[:2], float)


def _file_size(size: int, image: Features) -> Features:
    return np.array([np.log(size)])


def _border(size: int, image: Features) -> Features:
    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    edges = [small[:2], small[-2:], small[:, :2].swapaxes(0, 1), small[:, -2:].swapaxes(0, 1)]
    return np.concatenate([f(edge.reshape(-1, 3), 0) for edge in edges for f in (np.mean, np.std)])


def _high_frequency(size: int, image: Features) -> Features:
    grey = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA).mean(2)
    power = np.abs(np.fft.fftshift(np.fft.fft2(grey - grey.mean()))) ** 2
    y, x = np.mgrid[-SIDE // 2 : SIDE // 2, -SIDE // 2 : SIDE // 2]
    radius = np.hypot(x, y)
    return np.log([power[(radius >= low) & (radius < low + 8)].sum() + 1e-9 for low in (8, 16, 24)])


SHORTCUTS: dict[str, Callable[[int, Features], Features]] = {
    "mean and std colour": _colour,
    "image size": _image_size,
    "file size": _file_size,
    "border pixels": _border,
    "high-frequency energy": _high_frequency,
}


def shortcut_baselines(train: Sequence[dict], test: Sequence[dict]) -> dict[str, float]:
    """Train a logistic regression per shortcut and test it on other data.

    Args:
        train: Samples with ``img_path``, ``gt_label``, ``video_id``.
        test: Samples with the same keys, of an unseen domain.

    Returns:
        Shortcut -> AUC over the test videos, 0..1; 0.5 is chance.
    """
    features = {name: ([], []) for name in SHORTCUTS}
    for part, samples in enumerate((train, test)):
        for sample in samples:
            data = read_image_file(sample["img_path"])
            pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
            if pixels is None:
                raise ValueError(f"The image '{sample['img_path']}' cannot be read: replace the file.")
            image = pixels.astype(np.float64) / 255
            for name, measure in SHORTCUTS.items():
                features[name][part].append(measure(len(data), image))
    train_labels, test_labels = ([sample["gt_label"] for sample in samples] for samples in (train, test))
    videos = [sample["video_id"] for sample in test]
    areas = {}
    for name, (x, z) in features.items():
        model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000))
        scores = model.fit(np.array(x), train_labels).predict_proba(np.array(z))[:, 1]
        video = average_videos(videos, scores, test_labels)
        areas[name] = auc(video.scores, video.labels)
    return areas
