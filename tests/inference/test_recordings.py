# SPDX-License-Identifier: Apache-2.0
"""Answers for recordings; the model of these tests takes the mean brightness of a crop for p_real."""

import json

import numpy as np
import pytest

from flip_mm.inference.model_card import Decision
from flip_mm.inference.result import Result
from flip_mm.inference.video_result import VideoResult

ONE = Decision(0.5, 0.5)
PLAIN = dict(quality=False)


def flat(brightness):
    return np.full((48, 64, 3), round(255 * brightness), np.uint8)


def test_the_average_decides(make_detector):
    detector = make_detector(decision=ONE)
    video = detector.predict_video([flat(0.4), flat(1.0), flat(0.4)], **PLAIN)
    assert video.p_real == pytest.approx(0.6, abs=0.003)
    assert (video.verdict, video.state, video.answered, video.frame_count) == ("live", "answered", 3, 3)
    assert [frame.verdict for frame in video.frames] == ["spoof", "live", "spoof"]
    assert video.frames_per_second > 0
    assert "mean of 3 of 3 frames" in str(video)
    assert json.loads(json.dumps(video.to_dict()))["answered_frames"] == 3


def test_frames_without_an_answer_do_not_count(make_detector):
    detector = make_detector(lambda image: [], ONE)
    video = detector.predict_video(iter([flat(0.9), None]), **PLAIN)
    assert (video.verdict, video.state, video.p_real, video.kind) == ("unsure", "not checked", None, "frames")
    assert video.codes == ["no_answered_frame", "no_face", "flat", "unreadable"]
    detector = make_detector(decision=ONE)
    video = detector.predict_video(iter([flat(0.9), None, flat(0.9)]), **PLAIN)
    assert (video.verdict, video.answered, len(video.frames)) == ("live", 2, 3)
    assert detector.predict_video([], **PLAIN).state == "not checked"


def test_a_video_file(make_detector, tmp_path, write_video):
    frames = [flat(0.3 + 0.02 * k) for k in range(20)]
    path = write_video(tmp_path / "a.mp4", frames)
    detector = make_detector(decision=ONE)
    results = detector.predict(path, stride=5, **PLAIN)
    assert [(result.frame, result.kind, result.source) for result in results] == [
        (k, "video", str(path)) for k in (0, 5, 10, 15)
    ]
    np.testing.assert_allclose([result.time for result in results], [0, 0.2, 0.4, 0.6], atol=0.002)
    np.testing.assert_allclose([result.p_real for result in results], [0.3, 0.4, 0.5, 0.6], atol=0.03)
    video = detector.predict_video(path, **PLAIN)
    assert (len(video.frames), video.frame_count, video.source) == (20, 20, str(path))
    assert video.p_real == pytest.approx(np.mean([frame.p_real for frame in video.frames]), abs=1e-12)


def test_a_video_that_ends_with_damage_has_no_verdict(make_detector, tmp_path, write_video):
    path = write_video(tmp_path / "a.mp4", [flat(0.9)] * 30, codec="mjpeg")
    content = bytearray(path.read_bytes())
    scans = [i for i in range(len(content)) if content[i : i + 2] == b"\xff\xda"]
    content[scans[9] + 14 : scans[9] + 40] = b"\xff\xd9" * 13
    path.write_bytes(content)
    video = make_detector(decision=ONE).predict_video(path, **PLAIN)
    assert (video.verdict, video.state, video.p_real, video.answered) == ("unsure", "not checked", None, 9)
    assert [reason.code for reason in video.reasons] == ["unreadable", "damaged_recording"]
    path.write_bytes(b"no video")
    video = make_detector(decision=ONE).predict_video(path, **PLAIN)
    assert (video.state, [reason.code for reason in video.reasons]) == ("not checked", ["unreadable"])


def test_pictures_and_recordings_together(make_detector, tmp_path, write_video):
    path = write_video(tmp_path / "a.mp4", [flat(0.9)] * 5)
    given = [flat(0.1), path, path, None, iter([flat(0.2)] * 3)]
    seen = []
    answers = list(make_detector(decision=ONE).answers(given, batch_size=4, on_frame=seen.append, **PLAIN))
    assert [type(answer) for answer in answers] == [Result, VideoResult, VideoResult, Result, VideoResult]
    assert [answer.verdict for answer in answers] == ["spoof", "live", "live", "unsure", "spoof"]
    assert [len(answers[k].frames) for k in (1, 2, 4)] == [5, 5, 3]
    assert len(seen) == 1 + 5 + 5 + 1 + 3


def test_an_early_decision_checks_fewer_frames(make_detector, tmp_path, write_video):
    path = write_video(tmp_path / "a.mp4", [flat(0.9)] * 60)
    detector = make_detector(decision=ONE)
    video = detector.predict_video(path, early_error=0.01, seed=0, batch_size=4, **PLAIN)
    assert (video.verdict, video.early_error, video.frame_count) == ("live", 0.01, 60)
    assert 5 < len(video.frames) < 20
    numbers = [frame.frame for frame in video.frames]
    assert numbers != sorted(numbers)
    assert sum(detector.runtime.batches) <= len(numbers) + 3
    assert "in random order, error 0.01" in str(video)
    again = detector.predict_video(path, early_error=0.01, seed=0, **PLAIN)
    assert [frame.frame for frame in again.frames] == numbers
    whole = detector.predict_video(path, early_error=0.0, stride=20, seed=0, **PLAIN)
    assert (whole.frame_count, whole.early_error) == (3, 0.0)
    assert len(whole.frames) == 2


def test_an_early_decision_that_needs_all_frames_is_the_average(make_detector):
    images = [flat(value) for value in (0.4, 0.7, 0.3, 0.61)]
    detector = make_detector(decision=ONE)
    early = detector.predict_video(images, early_error=0.01, seed=3, **PLAIN)
    usual = detector.predict_video(images, **PLAIN)
    assert (early.verdict, early.early_error) == (usual.verdict, None)
    assert early.p_real == usual.p_real
    assert [frame.frame for frame in early.frames] == [0, 1, 2, 3]


def test_where_an_early_decision_is_not_possible(make_detector, tmp_path):
    detector = make_detector(decision=ONE)
    for given in (0, iter([flat(0.5)]), "photos", flat(0.5)):
        with pytest.raises(ValueError, match="early_error needs frames in random order"):
            detector.predict_video(given, early_error=0.01)
    with pytest.raises(ValueError, match="of which each member is one picture"):
        detector.predict_video([[flat(0.5), flat(0.5)]], early_error=0.01)
    with pytest.raises(ValueError, match=r"error=2 must be in 0\.\.1"):
        detector.predict_video([flat(0.5)], early_error=2)
    with pytest.raises(ValueError, match="needs a threshold"):
        make_detector().predict_video([flat(0.5)], early_error=0.01)
    (tmp_path / "a.mp4").write_bytes(b"")
    video = detector.predict_video(tmp_path / "a.mp4", early_error=0.01)
    assert (video.state, video.codes) == ("not checked", ["unreadable"])
    video = detector.predict_video([None, flat(0.9)], early_error=0.01, **PLAIN)
    assert (video.verdict, video.answered) == ("live", 1)


def test_memory_does_not_grow(make_detector):
    import tracemalloc

    detector = make_detector(decision=ONE)
    image = np.zeros((400, 400, 3), np.uint8)

    def frames(count):
        return (image.copy() for _ in range(count))

    def peak(count):
        tracemalloc.start()
        for _ in detector.stream(frames(count), batch_size=8, **PLAIN):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(16)
    # 300 pictures of 480 KB each.
    assert peak(300) < peak(30) + 1_000_000
