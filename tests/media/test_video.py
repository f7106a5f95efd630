# SPDX-License-Identifier: Apache-2.0
import struct

import av
import numpy as np
import pytest

from flip_mm.media.ffmpeg_check import ffmpeg_refuses
from flip_mm.media.frames import UnreadableError
from flip_mm.media.integrity import jpeg_warning
from flip_mm.media.open_frames import open_frames
from flip_mm.media.video import VideoFrames

FASTSTART = {"movflags": "faststart"}
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
    with open_frames(path, "video") as frames, pytest.raises(UnreadableError, match="no turn by quarters"):
        frames[0]


def read_all(path):
    with open_frames(path, "video") as frames:
        return [frames[index] for index in range(len(frames))]


def refused(path, match):
    with pytest.raises(UnreadableError, match=match) as caught:
        read_all(path)
    assert str(path) not in str(caught.value)


def test_files_that_are_no_video_are_refused(tmp_path, numbered_frames):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"")
    refused(path, "it is empty")
    path.write_bytes(b"no video at all" * 99)
    refused(path, "it is no video, or its head or index is missing")
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    refused(path, "it has no video stream, one is needed")
    with pytest.raises(FileNotFoundError):
        VideoFrames(tmp_path / "none.mp4")


def test_a_playlist_opens_no_other_file(tmp_path, write_video, numbered_frames):
    write_video(tmp_path / "a.ts", numbered_frames(3))
    path = tmp_path / "list.mp4"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n")
    refused(path, "it is no video")


def test_unknown_codecs_are_refused(tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / "a.mp4", numbered_frames(3))
    path.write_bytes(path.read_bytes().replace(b"avc1", b"none").replace(b"avcC", b"none"))
    refused(path, "a codec that FFmpeg cannot decode")


def test_two_video_streams_are_refused(tmp_path, numbered_frames):
    path = tmp_path / "two.mp4"
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("mjpeg", rate=25) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for stream in streams:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(numbered_frames(1)[0], format="rgb24")))
            container.mux(stream.encode())
    refused(path, "it has 2 video streams")


BREAKABLE = {
    "h264.mp4": dict(options={"g": "12", "crf": "5"}, container_options=FASTSTART),
    "mpeg4.mp4": dict(codec="mpeg4", container_options=FASTSTART),
    "mjpeg.mov": dict(codec="mjpeg", container_options=FASTSTART),
    "h264.avi": dict(options={"g": "12", "crf": "5"}),
    "mpeg4.avi": dict(codec="mpeg4"),
    "mjpeg.avi": dict(codec="mjpeg"),
}


@pytest.mark.parametrize("name", BREAKABLE)
def test_truncated_videos_are_refused(name, tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / name, numbered_frames(30), **BREAKABLE[name])
    content = path.read_bytes()
    for part in (0.01, 0.3, 0.5, 0.7, 0.9):
        path.write_bytes(content[: int(part * len(content))])
        refused(path, "truncated|its head or index is missing|it has no video stream")


def test_a_video_cut_off_between_two_frames_is_refused(tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / "a.mov", numbered_frames(30), codec="mjpeg", container_options=FASTSTART)
    with av.open(str(path)) as container:
        ends = [packet.pos + packet.size for packet in container.demux(video=0) if packet.size]
    path.write_bytes(path.read_bytes()[: ends[14]])
    refused(path, "its index names 30 frames, 15 are there")


def test_an_mp4_without_its_index_is_refused(tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / "a.mp4", numbered_frames(30))
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"moov")])
    refused(path, "its head or index is missing")


@pytest.mark.parametrize("name", BREAKABLE)
def test_damaged_frames_are_refused(name, tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / name, numbered_frames(30), **BREAKABLE[name])
    with av.open(str(path)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][20]
        start, size = packet.pos, packet.size
    content = bytearray(path.read_bytes())
    for position in range(start + size // 3, start + size - 2):
        content[position] ^= 0x5A
    path.write_bytes(content)
    refused(path, "it is damaged")
    if name in {"h264.mp4", "mjpeg.mov", "mjpeg.avi"}:  # the others are decoded as a whole, to count their frames
        with open_frames(path, "video") as frames:
            assert numbered_frames.read(frames[6]) == 6


@pytest.mark.parametrize("name", ["mjpeg.mov", "mjpeg.avi"])
def test_a_frame_that_ffmpeg_would_patch_up_silently_is_refused(name, tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / name, numbered_frames(30), codec="mjpeg")
    with av.open(str(path)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][20]
        place = packet.pos + packet.size * 8 // 10
    content = bytearray(path.read_bytes())
    content[place] ^= 0x5A
    path.write_bytes(content)
    refused(path, "it is damaged")


def test_a_frame_that_only_libjpeg_finds_damaged_is_refused(tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / "a.avi", numbered_frames(30), codec="mjpeg")
    with av.open(str(path)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][20]
        start, data = packet.pos, bytes(packet)
    damaged = next(
        bad
        for at in range(len(data) - 10, data.index(b"\xff\xda"), -1)
        for bit in range(8)
        if jpeg_warning(bad := data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]) and not ffmpeg_refuses(bad)
    )
    content = path.read_bytes()
    assert content[start : start + len(data)] == data
    path.write_bytes(content[:start] + damaged + content[start + len(data) :])
    refused(path, r"it is damaged: the frame at 0\.\d+ s: Corrupt JPEG data")


def test_frames_that_a_camera_filled_up_are_not_taken_for_damage(tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / "a.avi", numbered_frames(30), codec="mjpeg")
    filled = tmp_path / "filled.avi"
    with av.open(str(path)) as source, av.open(str(filled), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                copy = av.Packet(bytes(packet).removesuffix(b"\xff\xd9") + bytes(12) + b"\xff\xd9")
                copy.pts, copy.dts, copy.time_base, copy.stream = packet.pts, packet.dts, packet.time_base, stream
                copy.is_keyframe = True
                target.mux(copy)
    with open_frames(filled, "video") as frames:
        assert [numbered_frames.read(frames[k]) for k in (0, 20, 29)] == [0, 20, 29]


def test_dropped_frames_of_an_avi_are_not_taken_for_damage(tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / "a.avi", numbered_frames(30), codec="mjpeg")
    content = path.read_bytes()
    # Cameras that drop a frame write a chunk without content for it; the head counts it all the same.
    with av.open(str(path)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    (at, size), index = packets[5], content.index(b"idx1")
    size += size % 2
    content = bytearray(content[: at - 4] + bytes(4) + content[at + size : index])
    struct.pack_into("<I", content, 4, len(content) - 8)
    start = content.index(b"movi")
    struct.pack_into("<I", content, start - 4, len(content) - start)
    path.write_bytes(content)
    with open_frames(path, "video") as frames:
        assert [numbered_frames.read(frames[k]) for k in range(len(frames))] == [k for k in range(30) if k != 5]


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
