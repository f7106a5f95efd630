# SPDX-License-Identifier: Apache-2.0
"""Videos that are truncated, damaged or something else are refused."""

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
    refused(path, "it is no video, or its header or index is missing")
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    refused(path, "it must have one video stream, but has none")
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
    refused(path, "it must have one video stream, but has 2")


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
        refused(path, "truncated|its header or index is missing|it must have one video stream, but has none")


def test_a_video_cut_off_between_two_frames_is_refused(tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / "a.mov", numbered_frames(30), codec="mjpeg", container_options=FASTSTART)
    with av.open(str(path)) as container:
        ends = [packet.pos + packet.size for packet in container.demux(video=0) if packet.size]
    path.write_bytes(path.read_bytes()[: ends[14]])
    refused(path, "its index has 30 frames, the file only 15")


def test_an_mp4_without_its_index_is_refused(tmp_path, write_video, numbered_frames):
    path = write_video(tmp_path / "a.mp4", numbered_frames(30))
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"moov")])
    refused(path, "its header or index is missing")


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
