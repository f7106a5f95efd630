# SPDX-License-Identifier: Apache-2.0
import os

import numpy as np
import pytest
from PIL import Image

from flip_mm.apis import FASInferencer
from flip_mm.inference.model_card import Decision

BAND = Decision(0.7, 0.4)
PICTURE = np.full((64, 64, 3), 230, np.uint8)


def test_results_have_the_keys_of_mmpretrain(make_detector, tmp_path):
    Image.fromarray(PICTURE).save(tmp_path / "a.png")
    inferencer = FASInferencer(make_detector(decision=BAND))
    inputs = [str(tmp_path / "a.png"), PICTURE // 9, PICTURE // 2, None]
    real, spoof, unsure, none = inferencer(inputs, batch_size=2, quality=False)
    np.testing.assert_allclose(real["pred_scores"], [25 / 255, 230 / 255])
    assert (real["pred_label"], real["pred_class"], real["verdict"]) == (1, "real", "live")
    assert real["pred_score"] == pytest.approx(230 / 255)
    assert (spoof["pred_label"], spoof["pred_class"]) == (0, "spoof")
    assert spoof["pred_score"] == pytest.approx(230 / 255)
    assert (unsure["pred_label"], unsure["pred_class"], unsure["pred_score"]) == (None, None, None)
    assert unsure["pred_scores"].sum() == 1
    assert (none["pred_scores"], none["state"]) == (None, "not checked")
    assert inferencer.classes == ("spoof", "real")


def test_arrays_are_bgr(make_detector):
    seen = []
    inferencer = FASInferencer(make_detector(decision=BAND))
    picture = PICTURE * np.array([1, 0, 0], np.uint8)
    inferencer(picture, on_frame=lambda item: seen.append(item.image))
    np.testing.assert_array_equal(seen[0], picture[:, :, ::-1])


def test_pictures_are_shown_in_a_folder(make_detector, tmp_path):
    FASInferencer(make_detector(decision=BAND))([PICTURE, PICTURE, None], show_dir=tmp_path / "shown")
    assert sorted(os.listdir(tmp_path / "shown")) == ["array_0.png", "array_1.png"]


def test_a_path_makes_a_detector(make_detector):
    make_detector(decision=BAND)
    assert FASInferencer("tiny.safetensors", faces="given")(PICTURE, quality=False)[0]["verdict"] == "live"
    with pytest.raises(TypeError, match="faces: give these to the Detector"):
        FASInferencer(make_detector(), faces="given")
