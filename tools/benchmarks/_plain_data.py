# SPDX-License-Identifier: Apache-2.0
"""What the released code does to read a batch: OpenCV reads, Pillow and torchvision change, float tensors come out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor
from torch.utils.data import default_collate
from torchvision import transforms

SIZE = (224, 224)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
TO_TENSOR = [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
RESIZE = transforms.Resize(SIZE, interpolation=transforms.InterpolationMode.BICUBIC)


class Blur:
    """Pillow's Gaussian blur; sigma comes from Python's generator."""

    def __call__(self, image: Image.Image) -> Image.Image:
        """Return the blurred image."""
        return image.filter(ImageFilter.GaussianBlur(radius=random.uniform(0.1, 2.0)))


IMAGE = transforms.Compose([transforms.RandomHorizontalFlip(), *TO_TENSOR])
SIMCLR = transforms.Compose(
    [
        transforms.RandomResizedCrop(SIZE, scale=(0.08, 1.0)),
        transforms.RandomApply([transforms.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
        transforms.RandomGrayscale(p=0.2),
        transforms.RandomApply([Blur()], p=0.5),
        transforms.RandomHorizontalFlip(),
        *TO_TENSOR,
    ]
)
TEST = transforms.Compose([RESIZE, *TO_TENSOR])


def saturation_jitter(image: np.ndarray) -> np.ndarray:
    """Scale the HSV saturation of a BGR image with probability 1/2; OpenCV's HSV in float32, cut to uint8."""
    if np.random.rand() >= 0.5:  # noqa: NPY002
        return image
    hsv = cv2.cvtColor(image.astype(np.float32), cv2.COLOR_BGR2HSV)
    hsv[..., 1] *= np.random.uniform(0.8, 1.2)  # noqa: NPY002
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR).astype(np.uint8)


def read(path: Path) -> np.ndarray:
    """Return a file as BGR."""
    return cv2.imread(str(path))


def to_pil(image: np.ndarray) -> Image.Image:
    """Return a BGR array as an image of Pillow."""
    return Image.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))


def training_batch(paths: Sequence[Path], simclr_views: int) -> list[Tensor]:
    """Return the image and its SimCLR views, each (N, 3, 224, 224) float32."""
    samples = []
    for path in paths:
        image = RESIZE(to_pil(saturation_jitter(read(path))))
        samples.append([IMAGE(image), *(SIMCLR(image) for _ in range(simclr_views)), 1, "video"])
    return default_collate(samples)


def test_batch(paths: Sequence[Path]) -> list[Tensor]:
    """Return the images, (N, 3, 224, 224) float32."""
    return default_collate([[TEST(to_pil(read(path))), torch.tensor(1), "video"] for path in paths])
