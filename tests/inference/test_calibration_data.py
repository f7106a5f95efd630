# SPDX-License-Identifier: Apache-2.0
"""Which data a calibration takes."""

from dataclasses import replace
from pathlib import Path

import pytest

from flip_mm.datasets.labelled_folder import LabelledFile
from flip_mm.evaluation import Provenance
from flip_mm.inference.calibration_data import check_model, check_unseen, folder_scores
from flip_mm.inference.model_card import Calibration
from flip_mm.inference.result import NOT_CHECKED, UNSURE, Reason, Result

RUN = dict(name="CI->M", protocol="p1", sources=["C", "I"], aux=["CelebA-Spoof"], target="M", shots=0, holdout=0.0)
OWN = Provenance("p1", "CI->M", 3, "iter_8.pth", 8)


@pytest.fixture
def card(make_card):
    def make(calibration=None, **changes):
        checkpoint = dict(iteration=8, selection=changes.pop("selection", "last"))
        return make_card(training=dict(format=1, run=RUN | changes, seed=3, checkpoint=checkpoint), calibration=calibration)

    return make


class Detects:
    """Answers as a detector does; a file named no* has no face, and one named video* two frames."""

    def __init__(self, card, scores):
        self.card, self.scores = card, iter(scores)

    def predict(self, source):
        found = []
        for path in source:
            name = Path(path).name
            if name.startswith("no"):
                found.append(Result(UNSURE, NOT_CHECKED, reasons=(Reason("no_face", "."),), source=path))
                continue
            for _ in range(1 + name.startswith("video")):
                found.append(Result(UNSURE, p_real=next(self.scores), source=path))
        return found


def files(*names):
    return [
        LabelledFile(Path("x", name), name, name, "bonafide" if "real" in name else "print", int("real" in name))
        for name in names
    ]


def test_scores_of_a_folder(card):
    detector = Detects(card(), [0.9, 0.8, 0.7, 0.2])
    table, missing = folder_scores(detector, files("real/a.png", "real/video.mp4", "spoof/no.png", "spoof/b.png"), "camera")
    assert table.score.tolist() == pytest.approx([0.9, 0.8, 0.7, 0.2])
    assert table.label.tolist() == [1, 1, 1, 0]
    assert table.video.tolist() == ["real/a.png", "real/video.mp4", "real/video.mp4", "spoof/b.png"]
    assert table.domain.tolist() == ["camera"] * 4
    assert missing == dict(no_face=1)


def test_an_earlier_temperature_is_taken_out(card):
    own = card(Calibration(2.0))
    table, _ = folder_scores(Detects(own, [0.75, 0.25]), files("real/a.png", "spoof/b.png"), "camera")
    # Odds of 3 at temperature 2 are odds of 9 at temperature 1.
    assert table.score.tolist() == pytest.approx([0.9, 0.1])


def test_a_class_without_scores(card):
    with pytest.raises(ValueError, match=r"No picture in spoof/ could be checked .no_face 2.: give pictures with a face"):
        folder_scores(Detects(card(), [0.9]), files("real/a.png", "spoof/no1.png", "spoof/no2.png"), "camera")


@pytest.mark.parametrize(
    ("run", "domains", "known", "words"),
    [
        (dict(), {"O"}, OWN, []),
        (dict(), {"M"}, OWN, []),
        (dict(holdout=0.1), {"C", "I"}, OWN, ["The model was trained on C, I: only its held-out videos"]),
        (dict(target="C"), {"C"}, replace(OWN, run="CI->C"), ["The model was trained on C: only its held-out"]),
        (dict(shots=5), {"M"}, OWN, ["Images of M were in the training"]),
        (dict(selection="target"), {"M"}, OWN, ["The checkpoint was chosen on M"]),
        (dict(selection="target"), {"O"}, OWN, []),
    ],
)
def test_what_the_model_has_seen(card, run, domains, known, words):
    found = check_unseen(card(**run), domains, known)
    assert len(found) == len(words)
    for text, want in zip(found, words, strict=True):
        assert text.startswith(want)


@pytest.mark.parametrize(
    ("domains", "known", "words"),
    [
        ({"C", "O"}, OWN, "The model was trained on C: its scores of these videos are better"),
        ({"CelebA-Spoof"}, OWN, "The model was trained on CelebA-Spoof"),
        ({"O"}, replace(OWN, seed=4), "of another model than the model file: its seed is 3, and that of the scores 4"),
        ({"O"}, replace(OWN, run="CO->M"), "its run is CI->M, and that of the scores CO->M"),
        ({"O"}, replace(OWN, iteration=4), "it is of iteration 8, and the scores of 4"),
    ],
)
def test_seen_or_foreign_data_are_refused(card, domains, known, words):
    with pytest.raises(ValueError, match=words):
        check_unseen(card(), domains, known) + check_model(card(), known)


@pytest.mark.parametrize("training", [dict(), dict(format=7), dict(run=3), dict(run=dict(sources=3))])
def test_a_card_that_does_not_say(make_card, training):
    own = make_card(training=training)
    found = check_unseen(own, {"C"}, OWN) + check_model(own, OWN)
    assert found == ["The model file does not say which videos trained the model: make sure that none of these did."]


def test_scores_of_an_unknown_model(card):
    assert check_model(card(), None) == ["The scores do not say which model they are of: make sure that it is this one."]
    assert check_model(card(), OWN) == []
