# SPDX-License-Identifier: Apache-2.0
import struct

import av
import numpy as np
import pytest

from flip_mm.media.frames import UnreadableError
from flip_mm.media.open_frames import open_frames
from flip_mm.media.video import VideoFrames

VFR = [40 * k + 11 * (k % 3) for k in range(30)]
# Name -> how it is written, and whether its frames can be reached by their presentation times.
VIDEOS = {
    "gop12.mp4": (dict(options={"g": "12", "bf": "2"}), True),
    "one_gop.mov": (dict(options={"g": "250", "bf": "2"}), True),
    "open_gop.mp4": (dict(options={"g": "8", "bf": "2", "x264-params": "open-gop=1:scenecut=0"}), True),
    "intra_refresh.mp4": (dict(options={"g": "8", "x264-params": "intra-refresh=1"}), True),
    "vfr.mp4": (dict(pts=VFR, options={"g": "12", "bf": "2"}), True),
    "ten_bit.mp4": (dict(pix_fmt="yuv420p10le"), True),
    "hevc.mp4": (dict(codec="libx265", options={"x265-params": "log-level=none:keyint=12"}), True),
    "mjpeg.avi": (dict(codec="mjpeg"), True),
    "mjpeg.mov": (dict(codec="mjpeg"), True),
    "h264.avi": (dict(options={"g": "12", "bf": "2"}), False),
    "open_gop.avi": (dict(options={"g": "8", "bf": "2", "x264-params": "open-gop=1:scenecut=0"}), False),
    "mpeg4.avi": (dict(codec="mpeg4", options={"g": "12", "bf": "2"}), False),
    "mpeg4.mp4": (dict(codec="mpeg4", options={"g": "12"}), False),
    "interlaced.mp4": (dict(options={"flags": "+ildct+ilme"}), False),
    "h264.mkv": (dict(options={"g": "12"}), False),
}
ORDER = [29, 0, 6, 21, 7, 20, 12, 11, 13, 28, 3]


def decode(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


@pytest.mark.parametrize("name", VIDEOS)
def test_frames_are_those_of_sequential_decoding(name, tmp_path, write_video, numbered_frames):
    arguments, by_time = VIDEOS[name]
    path = write_video(tmp_path / name, numbered_frames(30), **arguments)
    sequential = decode(path)
    with open_frames(path, "video") as frames:
        assert len(frames) == 30
        assert bool(frames._times) == by_time
        for index in ORDER:
            assert numbered_frames.read(frames[index]) == index
            np.testing.assert_array_equal(frames[index], sequential[index])
        assert bool(frames._times) == by_time
        for index in (30, -1):
            with pytest.raises(IndexError):
                frames[index]


def test_frames_that_an_edit_list_cuts_off_do_not_count(tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / "cut.mp4", numbered_frames(30), pts=[40 * k - 410 for k in range(30)], options={"g": "12"})
    shown = [numbered_frames.read(image) for image in decode(path)]
    assert shown == list(range(11, 30))
    with open_frames(path, "video") as frames:
        assert [numbered_frames.read(frames[k]) for k in range(len(frames))] == shown


def test_where_times_do_not_lead_to_a_frame_it_is_found_by_counting(tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / "a.mp4", numbered_frames(30), options={"g": "12"})
    with open_frames(path, "video") as frames:
        frames._times[20] += 1
        assert numbered_frames.read(frames[20]) == 20
        assert not frames._times


def test_ascending_reads_decode_no_frame_twice(tmp_path, write_video, numbered_frames, monkeypatch):
    path = write_video(tmp_path / "a.mp4", numbered_frames(30), options={"g": "250"})
    decoded = []
    decode_from_here = VideoFrames._decode

    def counted(self):
        for frame in decode_from_here(self):
            decoded.append(frame.pts)
            yield frame

    monkeypatch.setattr(VideoFrames, "_decode", counted)
    with open_frames(path, "video") as frames:
        for index in (6, 21):
            frames[index]
    assert len(decoded) == len(set(decoded)) == 22


@pytest.mark.parametrize(("rotation", "turns"), [(90, -1), (180, 2), (270, 1)])
def test_rotated_videos_come_upright(rotation, turns, tmp_path, write_video, numbered_frames):
    frames = numbered_frames(2)
    # The camera stored its pictures turned, a player turns them back.
    stored = np.rot90(frames, -turns, axes=(1, 2))
    path = write_video(tmp_path / "phone.mp4", stored, rotation=rotation)
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).rotation % 360 == -rotation % 360
    with open_frames(path, "video") as upright:
        assert upright[1].shape == (48, 64, 3)
        assert numbered_frames.read(upright[1]) == 1
        assert np.abs(upright[1].astype(int) - frames[1]).mean() < 8


@pytest.mark.parametrize(("matrix", "flip"), [((-1, 0, 0, 0, 1), np.fliplr), ((1, 0, 0, 0, -1), np.flipud)])
def test_mirrored_videos_come_unmirrored(matrix, flip, tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / "selfie.mp4", numbered_frames(2))
    plain = decode(path)[1]
    content = bytearray(path.read_bytes())
    start = content.index(b"tkhd") + 44
    content[start : start + 20] = struct.pack(">5i", *(value << 16 for value in matrix))
    path.write_bytes(content)
    with open_frames(path, "video") as frames:
        np.testing.assert_array_equal(frames[1], flip(plain))


def test_a_slanted_display_matrix_is_refused(tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / "slanted.mp4", numbered_frames(2), rotation=90)
    content = bytearray(path.read_bytes())
    start = content.index(b"tkhd") + 44
    content[start : start + 20] = struct.pack(">5i", 46341, 46341, 0, -46341, 46341)
    path.write_bytes(content)
    with open_frames(path, "video") as frames, pytest.raises(UnreadableError, match="no rotation by a multiple of 90 degrees"):
        frames[0]


@pytest.mark.parametrize(
    ("matrix", "tag", "color_range"),
    [("itu709", 1, 1), ("itu709", 1, 2), ("itu601", 5, 1), ("itu601", 5, 2), ("itu601", None, 1)],
)
def test_colours_follow_the_matrix_and_range_that_the_file_states(matrix, tag, color_range, tmp_path):
    path, colour = tmp_path / "a.mp4", (200, 60, 40)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        if tag is not None:
            stream.codec_context.colorspace, stream.codec_context.color_range = tag, color_range
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), colour, np.uint8), format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace=matrix, dst_color_range=color_range)
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with open_frames(path, "video") as frames:
        assert np.abs(frames[0].astype(int) - colour).max() <= 4


def test_unknown_media_are_named(tmp_path):
    with pytest.raises(ValueError, match="'sound'"), open_frames(tmp_path, "sound"):
        pass


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    import sys

    monkeypatch.delitem(sys.modules, "flip_mm.media.video")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ImportError, match=r"flip_mm\[prepare\]"), open_frames(tmp_path / "a.mp4", "video"):
        pass
