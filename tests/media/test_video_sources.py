# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from flip_mm.media.open_frames import open_frames
from flip_mm.media.sources import open_sources
from flip_mm.media.video import VideoFrames


def one(path, **arguments):
    (source,) = open_sources(path, **arguments)
    return source


@pytest.mark.parametrize(
    ("name", "counted", "arguments"),
    [
        ("a.mp4", True, dict(options={"g": "12", "bf": "2"})),
        ("a.avi", False, dict(codec="mpeg4", options={"g": "12", "bf": "2"})),
        ("a.mkv", False, dict(options={"g": "12"})),
    ],
)
def test_a_video_is_decoded_once_in_order(name, counted, arguments, tmp_path, write_video, numbered_frames, monkeypatch):
    path = write_video(tmp_path / name, numbered_frames(30), **arguments)
    with open_frames(path, "video") as frames:
        expected = [frames[index] for index in range(30)]
    monkeypatch.setattr(VideoFrames, "_count", None)
    source = one(path)
    assert (source.kind, source.image, source.error, source.frame_count) == ("video", None, "", 30 if counted else None)
    for _ in range(2):
        found = list(source.frames())
        assert [frame.number for frame in found] == list(range(30))
        np.testing.assert_allclose([frame.time for frame in found], np.arange(30) / 25, atol=0.002)
        np.testing.assert_array_equal([frame.image for frame in found], expected)
    every = one(path, stride=7)
    assert [frame.number for frame in every.frames()] == [0, 7, 14, 21, 28]
    assert every.frame_count == (5 if counted else None)


def test_frames_come_upright(tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / "phone.mp4", np.rot90(numbered_frames(2), 1, axes=(1, 2)), rotation=90)
    assert [numbered_frames.read(frame.image) for frame in one(path).frames()] == [0, 1]


def test_a_video_can_be_left_early(tmp_path, write_video, numbered_frames):
    frames = one(write_video(tmp_path / "a.mp4", numbered_frames(30))).frames()
    assert next(frames).number == 0
    frames.close()


def test_damage_in_the_middle_is_the_last_frame(tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / "a.mp4", numbered_frames(30), codec="mjpeg")
    content = bytearray(path.read_bytes())
    scans = [i for i in range(len(content)) if content[i : i + 2] == b"\xff\xda"]
    content[scans[9] + 14 : scans[9] + 40] = b"\xff\xd9" * 13
    path.write_bytes(content)
    *frames, end = one(path).frames()
    assert [frame.number for frame in frames] == list(range(9))
    assert (end.number, end.image) == (9, None)
    assert "it is damaged" in end.error


def test_what_is_no_video(tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / "a.mp4", numbered_frames(30))
    content = path.read_bytes()
    for cut, words in [(0, "it is empty"), (len(content) // 2, "it is no video, or its header or index is missing")]:
        path.write_bytes(content[:cut])
        source = one(path)
        assert source.kind == "video"
        assert source.error.startswith(words)
        assert not list(source.frames())
    path.unlink()
    assert one(path).error == "there is no such file"


def test_a_file_that_disappears(tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / "a.mp4", numbered_frames(3))
    source = one(path)
    path.unlink()
    (frame,) = source.frames()
    assert "no video" in frame.error
