# SPDX-License-Identifier: Apache-2.0
import av
import numpy as np
import pytest

from flip_mm.datasets.preparation.media import open_frames

VFR = [40 * k + 11 * (k % 3) for k in range(30)]
VIDEOS = {
    "gop12.mp4": dict(options={"g": "12", "bf": "2"}),
    "one_gop.mov": dict(options={"g": "250", "bf": "2"}),
    "open_gop.mp4": dict(options={"g": "8", "bf": "2", "x264-params": "open-gop=1:scenecut=0"}),
    "intra_refresh.mp4": dict(options={"g": "8", "x264-params": "intra-refresh=1"}),
    "h264.avi": dict(options={"g": "12", "bf": "2"}),
    "mpeg4.avi": dict(codec="mpeg4", options={"g": "12", "bf": "2"}),
    "mpeg4.mp4": dict(codec="mpeg4", options={"g": "12"}),
    "mjpeg.avi": dict(codec="mjpeg"),
    "mjpeg.mov": dict(codec="mjpeg"),
    "vfr.mp4": dict(pts=VFR, options={"g": "12", "bf": "2"}),
    "interlaced.mp4": dict(options={"flags": "+ildct+ilme"}),
    "ten_bit.mp4": dict(pix_fmt="yuv420p10le"),
    "hevc.mp4": dict(codec="libx265", options={"x265-params": "log-level=none:keyint=12"}),
    "h264.mkv": dict(options={"g": "12"}),
}
ORDER = [29, 0, 6, 21, 7, 20, 12, 11, 13, 28, 3]


@pytest.mark.parametrize("name", VIDEOS)
def test_frames_are_those_of_sequential_decoding(name, tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / name, numbered_frames(30), **VIDEOS[name])
    with av.open(str(path)) as container:
        sequential = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    with open_frames(path, "video") as frames:
        assert len(frames) == 30
        for index in ORDER:
            assert numbered_frames.read(frames[index]) == index
            np.testing.assert_array_equal(frames[index], sequential[index])
        with pytest.raises(IndexError):
            frames[30]
        with pytest.raises(IndexError):
            frames[-1]


@pytest.mark.parametrize(("rotation", "turns"), [(90, -1), (180, 2), (270, 1)])
def test_rotated_videos_come_upright(rotation, turns, tmp_path, write_video, numbered_frames):
    frames = numbered_frames(2)
    # The camera stored its pictures turned, a player turns them back.
    stored = np.rot90(frames, -turns, axes=(1, 2))
    path = write_video(tmp_path / "phone.mp4", stored, rotation=rotation)
    with open_frames(path, "video") as upright:
        assert upright[1].shape == (48, 64, 3)
        assert numbered_frames.read(upright[1]) == 1
        assert np.abs(upright[1].astype(int) - frames[1]).mean() < 8
