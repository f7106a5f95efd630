# SPDX-License-Identifier: Apache-2.0
"""Results explain themselves."""

import io

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("skimage")


@pytest.mark.parametrize("kind", ["path", "bytes", "file", "array", "bgr", "pil"])
def test_a_result_reads_its_picture_again(detector, noise, tmp_path, kind):
    image, path = noise(96), tmp_path / "me.png"
    Image.fromarray(image).save(path)
    given = dict(
        path=path,
        bytes=path.read_bytes(),
        file=io.BytesIO(path.read_bytes()),
        array=image,
        bgr=np.ascontiguousarray(image[..., ::-1]),
        pil=Image.open(io.BytesIO(path.read_bytes())),
    )[kind]
    result = detector("clip_resnet").predict(given, quality=False, colour="bgr" if kind == "bgr" else "rgb")[0]
    found = result.explain()
    assert found.result is result
    np.testing.assert_array_equal(found.picture, image)
    assert found.is_answered


def test_a_detector_explains_what_it_is_given(detector, noise):
    model = detector("clip_resnet")
    first, second = model.explain([noise(64), noise(64, seed=1)], quality=False)
    assert first.result.p_real == model.predict(noise(64), quality=False)[0].p_real != second.result.p_real


def test_results_without_a_score_or_a_picture(detector, noise, tmp_path):
    model = detector("clip_resnet")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    unreadable = model.predict(tmp_path / "broken.png")[0]
    assert not unreadable.explain().is_answered
    frame = model.predict(iter([noise(64)]), quality=False)[0]
    with pytest.raises(ValueError, match=r"'frames 0', frame 0, cannot be explained, because frames are not kept"):
        frame.explain()
