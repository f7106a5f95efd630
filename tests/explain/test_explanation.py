# SPDX-License-Identifier: Apache-2.0
"""Explanations of answers, and the files that show them."""

import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from flip_mm.explain import explain, explain_crop, explain_result, words
from flip_mm.explain.box_moves import BoxMoves
from flip_mm.explain.explanation import Explanation
from flip_mm.explain.panels import panel_groups
from flip_mm.faces.face import Face
from flip_mm.inference.model_card import Decision
from flip_mm.inference.reasons import Reason
from flip_mm.inference.result import Result, not_checked

pytest.importorskip("skimage")
NO_FACE = Reason("no_face", "No face was found.")
EVERY = [
    "What the network sees",
    "What argues for live",
    "What argues for spoof",
    "Which sentence the face resembles",
    "If the box is shifted",
    "If the box has another size",
    "Texture (LBP)",
    "Spectrum (FFT)",
    "Spectrum by fineness",
    "Fine detail (high-pass)",
]


def panels(explanation):
    return [panel for group in panel_groups(explanation).values() for panel in group]


@pytest.mark.parametrize(
    ("name", "more", "method"),
    [("vit", ["Where attention goes"], "attention"), ("clip_resnet", [], "features"), ("resnet", [], "features")],
)
def test_every_model_has_its_panels(detector, noise, name, more, method):
    found = explain_crop(detector(name), noise(70), None)
    titles = [panel.title for panel in panels(found)]
    assert sorted(titles) == sorted({*EVERY, *more} - ({"Which sentence the face resembles"} if name == "resnet" else set()))
    assert [own.method for own in found.evidence] == [method]
    assert found.note == ""


def test_the_answer_is_that_of_predict(detector, noise):
    model, image = detector("vit"), noise(90)
    answer = model.predict(image)[0]
    for found in (explain_crop(model, image, None), explain_result(model, answer, image)):
        assert found.result.p_real == pytest.approx(answer.p_real, abs=1e-7)
        assert found.result.verdict == answer.verdict
        assert found.result.similarities == pytest.approx(answer.similarities)
        assert found.moves.shifted[2, 2] == pytest.approx(answer.p_real, abs=1e-6)


def test_the_face_in_a_picture_is_explained(detector, noise):
    model, image = detector("vit"), noise(120)
    face = Face((20, 30, 90, 110))
    found = explain_crop(model, image, face)
    assert found.result.face == face
    assert found.evidence[0].crop.shape == (32, 32, 3)
    # At its own resolution.
    assert found.cues.lbp.shape == (80, 80)
    assert panels(found)[0].title == "The picture"


def test_a_model_without_gradients_is_explained_by_occlusion(make_detector, noise):
    model = make_detector()
    found = explain_crop(model, noise(8), None)
    assert [own.method for own in found.evidence] == ["occlusion"]
    assert found.note.startswith("Maps by occlusion: this model file has no gradients")
    assert found.note in words.sentences(found)
    with pytest.raises(ValueError, match="The model 'tiny' has no maps by gradients: this model file has no"):
        explain_crop(model, noise(8), None, maps="gradients")
    with pytest.raises(ValueError, match="maps='gradcam': choose from auto, gradients, occlusion"):
        explain_crop(model, noise(8), None, maps="gradcam")


def test_occlusion_on_demand(detector, noise):
    found = explain_crop(detector("vit"), noise(32), None, maps="occlusion")
    assert (found.evidence[0].method, found.note) == ("occlusion", "")


@pytest.mark.parametrize("ending", [".png", ".html"])
def test_files(detector, noise, tmp_path, ending):
    if ending == ".html":
        pytest.importorskip("jinja2")
    image = noise(90)
    found = explain_crop(detector("vit"), image, Face((20, 20, 80, 80)))
    found = replace(found, result=replace(found.result, source="a$b$<b>\x1b.png"))
    path = tmp_path / f"out{ending}"
    found.save(path)
    if ending == ".png":
        with Image.open(path) as picture:
            assert picture.width > 1200
            assert picture.height > 1200
        return
    page = path.read_text(encoding="utf-8")
    assert page.count('<img src="data:image/png;base64,') == len(panels(found)) == 12
    assert "a$b$&lt;b&gt;\\x1b.png" in page
    text = " ".join(re.sub("<[^>]+>", " ", page).split())
    for sentence in (
        "Threshold: apcer=0.01, fitted on 60 videos.",
        "It is no proof: it says what this model used, not whether the model is right.",
        "A cue for the eye; the model does not use it.",
        "This page shows a face, which is personal data",
        "Method: gradient-weighted attention (Chefer et al., 2021).",
    ):
        assert sentence in text


def test_two_files_of_the_same_answer_are_equal(detector, noise, tmp_path):
    model = detector("clip_resnet")
    for name in ("a.png", "b.png"):
        explain_crop(model, noise(64), None).save(tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"is written as .png or .html, not as '.*a.pdf'"):
        Explanation(Result("unsure")).save(tmp_path / "a.pdf")


@pytest.mark.parametrize("image", [None, np.zeros((40, 60, 3), np.uint8)])
@pytest.mark.parametrize("ending", [".png", ".html"])
def test_a_picture_that_was_not_checked(detector, tmp_path, image, ending):
    answer = not_checked([NO_FACE], source="wall.png")
    found = explain_result(detector("vit"), answer, image)
    assert not found.is_answered
    assert words.headline(answer) == "NOT CHECKED"
    assert words.sentences(found) == ["There is no score, so nothing was decided.", NO_FACE.advice]
    assert [panel.title for panel in panels(found)] == ([] if image is None else ["The picture"])
    found.save(tmp_path / f"out{ending}")
    assert (tmp_path / f"out{ending}").stat().st_size > 1000


@pytest.mark.parametrize(
    ("p_real", "text"),
    [
        (0.0, "= 0.000"),
        (1e-9, "below 0.001"),
        (0.02195, "= 0.022"),
        (0.9989, "= 0.999"),
        (0.9994, "above 0.999"),
        (1.0, "= 1.000"),
    ],
)
def test_a_score_is_never_rounded_to_certainty(p_real, text):
    assert words.headline(Result("live", p_real=p_real)) == f"LIVE   p_real {text}"


def test_sentences_about_thresholds():
    decided = Result("live", p_real=0.8, decision=Decision(0.7, 0.3, "apcer=0.01", "fitted on 60 videos"))
    assert words.threshold(decided) == (
        "Live from p_real 0.7, spoof below 0.3, between them a person decides. Threshold: apcer=0.01, fitted on 60 videos."
    )
    single = replace(decided, decision=Decision(0.5, 0.5))
    assert words.threshold(single) == "Live from p_real 0.5, spoof below. Threshold: fixed, given by the user."
    assert words.threshold(replace(decided, decision=None)) == ""


def moves_of(*scores):
    """Shifted boxes, but for the middle, have these scores in turn; others 0.8."""
    shifted = np.full(25, 0.8)
    shifted[: len(scores)] = scores
    return BoxMoves(shifted.reshape(5, 5), np.full(7, 0.8))


def test_sentences_about_moves():
    decided = Result("live", p_real=0.8, decision=Decision(0.7, 0.3, "apcer=0.01", "fitted on 60 videos"))
    assert words.steadiness(decided, moves_of(0.5, 0.1)) == "2 of 30 moves change the verdict."
    assert words.steadiness(decided, moves_of(0.7)) == "No move changes the verdict. All 30 scores: 0.700 to 0.800."
    undecided = replace(decided, decision=None)
    assert words.steadiness(undecided, moves_of(0.6)) == "All 30 scores: 0.600 to 0.800."
    assert words.steadiness(undecided, moves_of(0.2)) == (
        "All 30 scores: 0.200 to 0.800. The score depends on where the box is."
    )
    warning = "Do not rely on this verdict: 8 of 30 moves change the verdict."
    assert warning in words.sentences(Explanation(decided, moves=moves_of(*[0.1] * 8)))
    assert len(words.sentences(Explanation(decided, moves=moves_of(*[0.1] * 7)))) == 1


def test_several_pictures_are_explained_in_order(make_detector, noise):
    images = [noise(64), np.zeros((64, 64, 3), np.uint8), noise(64, 1)]
    found = list(explain(make_detector(), images))
    assert [own.is_answered for own in found] == [True, False, True]
    assert all(np.array_equal(own.picture, image) for own, image in zip(found, images, strict=True))
    assert all(own.is_answered for own in explain(make_detector(), images, quality=False))
