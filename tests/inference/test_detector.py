# SPDX-License-Identifier: Apache-2.0
"""Answers for pictures and frames; the model of these tests takes the mean brightness of a crop for p_real."""

import json

import numpy as np
import pytest

from flip_mm.faces.face import Face
from flip_mm.inference.model_card import Calibration, Decision, InputSpec

FACE = Face((10, 10, 40, 40), score=0.99, eyes=((18, 20), (32, 20)))
BAND = Decision(0.7, 0.4, rule="eer", origin="fitted on my data")


def picture(brightness, size=(64, 64), seed=0):
    """A picture with noise of which the mean is brightness * 255, up to rounding."""
    noise = np.random.default_rng(seed).normal(0, 6, (*size, 3))
    return np.clip(np.round(255 * brightness + noise - noise.mean()), 0, 255).astype(np.uint8)


def test_verdicts_and_thresholds(make_detector):
    detector = make_detector(decision=BAND)
    results = detector.predict([picture(0.9), picture(0.55), picture(0.2)], quality=False)
    assert [result.verdict for result in results] == ["live", "unsure", "spoof"]
    assert [result.state for result in results] == ["answered"] * 3
    np.testing.assert_allclose([result.p_real for result in results], [0.9, 0.55, 0.2], atol=0.003)
    assert [[reason.code for reason in result.reasons] for result in results] == [[], ["review"], []]
    assert all(result.decision is BAND for result in results)
    assert results[0].most_similar == "a real face"
    assert results[2].most_similar == "a printed face"
    assert str(results[1]).startswith("array 1: unsure, p_real 0.55")
    assert "(live from 0.7, spoof below 0.4): The score is between" in str(results[1])


def test_without_a_threshold_nothing_is_decided(make_detector):
    (result,) = make_detector().predict(picture(0.9), quality=False)
    assert (result.verdict, result.state, result.codes, result.decision) == (
        "unsure",
        "answered",
        ["no_threshold", "noise"],
        None,
    )
    assert result.p_real == pytest.approx(0.9, abs=0.003)


def test_the_threshold_itself_is_live(make_detector):
    detector = make_detector()
    (result,) = detector.predict(picture(0.6), quality=False)
    for accept, verdict in [(result.p_real, "live"), (np.nextafter(result.p_real, 1), "spoof")]:
        detector.decision = Decision(accept, accept)
        assert detector.predict(picture(0.6), quality=False)[0].verdict == verdict


def test_a_number_is_one_threshold(make_detector):
    from flip_mm.inference.detector import Detector

    make_detector(decision=BAND)
    assert Detector("tiny.safetensors").decision is BAND
    detector = Detector("tiny.safetensors", decision=0.95)
    assert (detector.decision.accept, detector.decision.reject) == (0.95, 0.95)
    assert repr(detector) == "Detector('tiny', live from 0.95)"


def test_the_temperature_is_applied(make_detector):
    p = make_detector().predict(picture(0.8), quality=False)[0].p_real
    warm = make_detector(calibration=Calibration(2.0)).predict(picture(0.8), quality=False)[0].p_real
    assert np.log(warm / (1 - warm)) == pytest.approx(np.log(p / (1 - p)) / 2)


def test_a_result_is_plain_data(make_detector):
    detector = make_detector(lambda image: [FACE], BAND)
    data = json.loads(json.dumps(detector.predict(picture(0.9), quality=False)[0].to_dict(), allow_nan=False))
    assert data["face"]["box"] == [10, 10, 40, 40]
    assert data["thresholds"] == dict(accept=0.7, reject=0.4, rule="eer", origin="fitted on my data")
    assert data["similarities"].keys() == {"a printed face", "a face on a screen", "a real face"}
    assert data["verdict"] == "live"
    missing = detector.predict("absent.jpg")[0].to_dict()
    assert missing.keys() == data.keys()
    assert (missing["state"], missing["p_real"], missing["face"]) == ("not checked", None, None)
    assert missing["reasons"] == [dict(code="unreadable", advice="It cannot be read: there is no such file.")]


def test_what_cannot_be_checked_is_a_state(make_detector):
    def find(image):
        if image.shape[0] == 1:
            raise RuntimeError("too small for this detector")
        return [FACE] if image.mean() > 20 else []

    detector = make_detector(find, BAND)
    results = detector.predict(
        [picture(0.9), b"no picture", picture(0), None, picture(0.5, (1, 1)), picture(0.9)], quality=False
    )
    assert [result.verdict for result in results] == ["live", "unsure", "unsure", "unsure", "unsure", "live"]
    assert [result.state for result in results] == ["answered", *["not checked"] * 4, "answered"]
    assert [result.codes for result in results[1:5]] == [
        ["unreadable"],
        ["no_face", "flat", "too_dark"],
        ["unreadable"],
        ["detector_failed"],
    ]
    assert all(result.p_real is None for result in results[1:5])
    assert "too small for this detector" in str(results[4])


def test_the_largest_of_several_faces_is_checked(make_detector):
    small = Face((0, 0, 21, 21), score=0.99)
    tiny = Face((0, 0, 3, 3), score=0.99)
    detector = make_detector(lambda image: [small, FACE, tiny], BAND)
    (result,) = detector.predict(picture(0.9), quality=False)
    assert result.face is FACE


def test_the_crop_is_around_the_face(make_detector):
    image = picture(0.1)
    image[7:43, 7:43] = 230
    detector = make_detector(lambda _: [FACE], BAND)
    assert detector.predict(image, quality=False)[0].p_real == pytest.approx(230 / 255, abs=0.003)
    assert detector.predict(image, face="given", quality=False)[0].p_real < 0.6
    (result,) = detector.predict(image, face=(44, 44, 60, 60), quality=False)
    assert result.p_real == pytest.approx(0.1, abs=0.02)
    assert result.face == Face((44.0, 44.0, 60.0, 60.0))
    assert "uncertain_box" not in result.codes
    results = detector.predict([image, image], face=[FACE, np.array([44, 44, 60, 60])], quality=False)
    assert [result.verdict for result in results] == ["live", "spoof"]


@pytest.mark.parametrize("box", [(0, 0, 0, 5), (70, 70, 90, 90), (5, 5, 2, 9), (-900, 0, 900, 60)])
def test_a_box_outside_of_the_picture_is_a_state(box, make_detector):
    (result,) = make_detector(decision=BAND).predict(picture(0.9), face=box)
    assert (result.verdict, result.codes) == ("unsure", ["bad_box"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (dict(face="largest"), "face='largest' must be 'found', 'given', or a box"),
        (dict(face="found"), "needs a face detector"),
        (dict(face=(1, 2, 3)), "must be 'found', 'given', a box of four"),
        (dict(face=(1, 2, 3, float("nan"))), "must be 'found', 'given', a box of four"),
        (dict(face=5), "must be 'found', 'given', a box of four"),
        (dict(face=[(0, 0, 9, 9)] * 3), "face has 3 boxes for 2 pictures"),
        (dict(face=[(0, 0, 9, 9)]), "face has 1 boxes for 2 pictures"),
        (dict(batch_size=0), "batch_size=0 must be"),
        (dict(average=99), "average=99 must be"),
        (dict(average=0), "average=0 must be"),
        (dict(stride=0), "stride=0 must be"),
        (dict(colour="bg"), "colour='bg' must be"),
        (dict(seconds=0), "seconds=0 must be"),
    ],
)
def test_wrong_options_are_refused(options, words, make_detector):
    with pytest.raises(ValueError, match=words):
        make_detector().predict([picture(0.5)] * 2, **options)


def test_batches_change_nothing_but_the_calls(make_detector):
    images = [picture(k / 20, seed=k) for k in range(1, 20)]
    images[4] = None
    for batch_size, batches in [(1, [1] * 18), (8, [7, 8, 3]), (100, [18])]:
        detector = make_detector(decision=BAND)
        results = detector.predict(images, batch_size=batch_size, quality=False)
        assert detector.runtime.batches == batches
        assert [result.source for result in results] == [f"{'image' if k == 4 else 'array'} {k}" for k in range(19)]
        np.testing.assert_allclose(
            [result.p_real for result in results if result.p_real is not None],
            [k / 20 for k in range(1, 20) if k != 5],
            atol=0.003,
        )


def test_a_stream_answers_each_frame_before_it_reads_the_next(make_detector):
    read = []

    def frames():
        for k in range(5):
            read.append(k)
            yield picture(0.9)

    stream = make_detector(decision=BAND).stream(frames())
    for k in range(5):
        result = next(stream)
        assert (result.frame, result.kind, read[-1]) == (k, "frames", k)


def test_averaging_over_moved_boxes(make_detector):
    image = picture(0.2, (100, 100))
    image[30:70, 30:70] = 240
    face = Face((30, 30, 70, 70), score=0.99)
    detector = make_detector(lambda _: [face], BAND)
    one, three, many = (detector.predict(image, average=n, quality=False)[0] for n in (1, 3, True))
    assert one.averaging is None
    assert three.averaging.crops == 3
    assert many.averaging.crops > 3
    assert many.averaging.low < many.p_real < many.averaging.high
    assert many.averaging.std > 0
    # A smaller box shows more of the bright square.
    assert three.averaging.low < one.p_real < three.averaging.high
    assert many.to_dict()["averaging"]["crops"] == many.averaging.crops


def test_the_module_is_found_by_its_short_name():
    import flip_mm
    from flip_mm.inference.detector import Detector

    assert flip_mm.Detector is Detector


def test_weights_that_give_no_number_are_an_error(make_detector):
    from flip_mm.inference.outputs import Outputs, check_finite

    detector = make_detector(decision=BAND)

    def broken(crops):
        return check_finite(Outputs(np.full((len(crops[0]), 2), np.nan, np.float32)))

    broken.card = detector.card
    detector.runtime = broken
    with pytest.raises(ValueError, match="not finite"):
        detector.predict(picture(0.5), quality=False)


def face_like(seed=0):
    """A picture with contrast and sharp edges."""
    return np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8).repeat(20, 0).repeat(20, 1)


BIG = Face((40, 40, 120, 120), score=0.99, landmarks=((62, 70), (98, 70), (80, 88), (66, 102), (94, 102)))


@pytest.mark.parametrize(
    ("image", "faces", "codes"),
    [
        (np.zeros((160, 160, 3), np.uint8), [BIG], {"flat", "too_dark"}),
        (face_like(), [Face((60, 60, 90, 90), 0.99, landmarks=BIG.landmarks)], {"too_small"}),
        (np.full((160, 160, 3), 255, np.uint8), [BIG], {"flat", "too_bright"}),
    ],
    ids=["black", "small", "white"],
)
def test_bad_pictures_get_no_score(image, faces, codes, make_detector):
    detector = make_detector(lambda _: faces, Decision(0.0, 0.0))
    (result,) = detector.predict(image)
    assert (result.verdict, result.state, result.p_real) == ("unsure", "not checked", None)
    assert codes <= {*result.codes}
    assert not detector.runtime.batches
    (scored,) = detector.predict(image, quality=False)
    assert (scored.verdict, scored.reasons) == ("live", ())
    assert codes <= {finding.code for finding in scored.findings}


def test_a_good_picture_has_a_score_and_other_faces_are_mentioned(make_detector):
    other = Face((0, 130, 25, 155), 0.99, landmarks=BIG.landmarks)
    spec = InputSpec((8, 8), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), crop_size=96)
    detector = make_detector(lambda _: [BIG, other], Decision(0.0, 0.0), inputs=(spec,))
    (result,) = detector.predict(face_like())
    assert (result.verdict, result.codes) == ("live", ["several_faces"])


def test_a_given_crop_can_be_averaged(make_detector):
    (result,) = make_detector().predict(face_like(), average=True)
    assert result.averaging.crops == 7
    assert result.p_real == pytest.approx(0.5, abs=0.05)


def test_every_face_can_have_a_result(make_detector):
    image = np.full((300, 300, 3), 30, np.uint8)
    image[160:, 160:] = 230
    faces = [Face((10, 10, 90, 90), 0.99), Face((180, 180, 280, 280), 0.99), Face((0, 0, 5, 5), 0.99)]
    detector = make_detector(lambda _: faces, BAND)
    results = detector.predict([image, image], every_face=True, batch_size=3, quality=False)
    assert [result.face for result in results] == [faces[1], faces[0]] * 2
    assert [result.verdict for result in results] == ["live", "spoof"] * 2
    assert not any("several_faces" in result.codes for result in results)
    assert [result.face for result in detector.predict(iter([image]), every_face=True, quality=False)] == [faces[1]]
    ten = [Face((30 * k, 0, 30 * k + 30, 30), 0.99) for k in range(10)]
    detector.face_detector = lambda _: ten
    assert len(detector.predict(image, every_face=True)) == 10
    with pytest.raises(ValueError, match="every_face is for pictures"):
        detector.predict_video([image], every_face=True)
