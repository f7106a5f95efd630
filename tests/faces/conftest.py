# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
import torch

from flip_mm.faces.face import Face


class Frames(list):
    """A recording in memory that notes which frames were decoded."""

    def __init__(self, frames):
        super().__init__(frames)
        self.decoded = []

    def __getitem__(self, index):
        self.decoded.append(index)
        return super().__getitem__(index)

    def close(self):
        pass


@pytest.fixture
def recording():
    return Frames


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


@pytest.fixture(scope="session")
def drawing():
    """A 240 x 320 frame with a face: box (100, 60, 200, 180), eyes at (130, 100) and (170, 100), red and green dots."""
    image = np.full((240, 320, 3), 90, np.uint8)
    cv2.ellipse(image, (150, 120), (50, 60), 0, 0, 360, (220, 180, 150), -1)
    cv2.circle(image, (130, 100), 4, (255, 0, 0), -1)
    cv2.circle(image, (170, 100), 4, (0, 255, 0), -1)
    image.setflags(write=False)
    return image


@pytest.fixture(scope="session")
def drawn():
    """The face in the drawing. OpenCV counts from the centre of a pixel."""
    return Face((100.0, 60.0, 200.0, 180.0), eyes=((130.5, 100.5), (170.5, 100.5)))


@pytest.fixture(scope="session")
def photo():
    """Eileen Collins, 512 x 512, a public-domain photo by NASA that comes with scikit-image."""
    return pytest.importorskip("skimage.data").astronaut()
