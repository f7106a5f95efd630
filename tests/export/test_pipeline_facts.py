# SPDX-License-Identifier: Apache-2.0
"""What a test pipeline does, or why a model file cannot describe it."""

import pytest

from flip_mm.export.pipeline_facts import pipeline_facts

LOAD, PACK = dict(type="LoadFrame"), dict(type="PackInputs")
TO_PIL, TO_NUMPY = dict(type="NumpyToPIL", to_rgb=True), dict(type="PILToNumpy")
CUBIC = dict(type="torchvision/Resize", size=(32, 48), interpolation="bicubic")


@pytest.mark.parametrize(
    ("steps", "facts"),
    [
        ([LOAD, TO_PIL, CUBIC, TO_NUMPY, PACK], ((32, 48), "pillow-bicubic", "RGB")),
        ([LOAD, TO_PIL, TO_NUMPY, PACK], (None, "pillow-bicubic", "RGB")),
        ([LOAD, dict(type="Resize", scale=(48, 32)), PACK], ((32, 48), "opencv-bilinear", "BGR")),
        ([LOAD, dict(type="Resize", scale=64), PACK], ((64, 64), "opencv-bilinear", "BGR")),
        (
            [LOAD, dict(type="Resize", scale=64, backend="pillow", interpolation="bicubic"), PACK],
            ((64, 64), "pillow-bicubic", "BGR"),
        ),
        ([LOAD, TO_PIL, CUBIC, dict(type="PILToNumpy", to_bgr=True), PACK], ((32, 48), "pillow-bicubic", "BGR")),
    ],
)
def test_facts(steps, facts):
    assert pipeline_facts(steps, "key") == facts


@pytest.mark.parametrize(
    "step",
    [
        dict(type="CenterCrop", crop_size=224),
        dict(type="torchvision/Resize", size=32, interpolation="bicubic"),
        dict(type="torchvision/Resize", size=(32, 32)),
        dict(type="Resize", scale=32, interpolation="area"),
        dict(type="Resize", scale_factor=0.5),
        dict(type="Resize", scale=(32, 32), keep_ratio=True),
        CUBIC | dict(size=(8, 8)),
    ],
)
def test_other_steps(step):
    with pytest.raises(ValueError, match=rf"^key\.2 \({step['type']}\) cannot be written to a model file"):
        pipeline_facts([LOAD, CUBIC, step, PACK], "key")
