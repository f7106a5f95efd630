# SPDX-License-Identifier: Apache-2.0
import io
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

END = b"\xff\xd9"
# Name -> what it makes of a JPEG, between a third and two thirds of it.
DAMAGES = {
    "zeros": lambda data: data[: len(data) // 2] + bytes(200) + data[len(data) // 2 + 200 :],
    "early end": lambda data: data[: len(data) // 2] + END + data[len(data) // 2 + 2 :],
    "lost bytes": lambda data: data[: len(data) // 2] + data[len(data) * 2 // 3 :],
    "cut and closed": lambda data: data[: len(data) // 2] + END,
    "overwritten": lambda data: data[: len(data) // 2] + b"Z" * 300 + data[len(data) // 2 + 300 :],
}


@pytest.fixture(scope="session")
def wait():
    """wait(condition): returns when it holds; a test fails where it does not within two minutes."""

    def until(condition):
        deadline = time.monotonic() + 120
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    return until


@pytest.fixture(scope="session")
def running():
    """running(pid): whether there is such a process, and it has not ended."""

    def runs(pid):
        try:
            return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False

    return runs


@pytest.fixture(scope="session")
def picture():
    """A smooth colour picture of 250 x 180 pixels with an edge and noise, RGB."""
    rng = np.random.default_rng(0)
    small = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    image = np.array(small.resize((250, 180), Image.Resampling.BICUBIC)).astype(float) + rng.normal(0, 6, (180, 250, 1))
    image[20:60, 30:90] = (250, 10, 90)
    return Image.fromarray(image.clip(0, 255).astype(np.uint8))


@pytest.fixture(scope="session")
def encoded():
    """encoded(image, 'JPEG', quality=85): content of a file."""

    def write(image, suffix, **options):
        buffer = io.BytesIO()
        image.save(buffer, suffix, **options)
        return buffer.getvalue()

    return write


@pytest.fixture(params=DAMAGES)
def damaged_jpeg(request, picture, encoded):
    """A JPEG damaged inside, which Pillow decodes without an error to a picture with a fifth of its pixels wrong."""
    data = encoded(picture, "JPEG", quality=85)
    damaged = DAMAGES[request.param](data)
    with Image.open(io.BytesIO(damaged)) as image:
        off = np.abs(np.array(image).astype(int) - np.array(Image.open(io.BytesIO(data)))).max(2) > 16
    assert off.mean() > 0.2
    return damaged
