# SPDX-License-Identifier: Apache-2.0
import h5py
import numpy as np
import pytest

from flip_mm.media import hdf5
from flip_mm.media.frames import UnreadableError
from flip_mm.media.open_frames import open_frames

COLOR = np.random.default_rng(0).integers(0, 256, (12, 5, 6, 3), dtype=np.uint8)
DEPTH = np.zeros((12, 5, 6), np.uint16)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "recording.hdf5"


def wmca(file):
    for k, frame in enumerate(COLOR):
        file[f"Frame_{k}/array"] = frame.transpose(2, 0, 1)


def csmad(file):
    for k in range(12):
        name = f"09_35_{58 + k // 10}_{k % 10}"
        file[f"data/sr300/color/{name}"] = COLOR[k]
        file[f"data/sr300/depth/{name}"] = file[f"data/sr300/infrared/{name}"] = DEPTH[k]


def mad3d(file):
    file["Color_Data"] = COLOR.transpose(0, 3, 1, 2)
    file["Depth_Data"] = DEPTH[:, None]
    file["Eye_Pos"] = np.zeros((12, 4))


def channels_last(file):
    file.create_dataset("color", data=COLOR, chunks=(4, 5, 6, 3), compression="gzip")


@pytest.mark.parametrize("layout", [wmca, csmad, mad3d, channels_last])
def test_the_colour_stream_is_found(layout, path):
    with h5py.File(path, "w") as file:
        layout(file)
    with open_frames(path, "hdf5") as frames:
        assert len(frames) == 12
        for index in (0, 11, 2, 10):
            assert frames[index].flags["C_CONTIGUOUS"]
            np.testing.assert_array_equal(frames[index], COLOR[index])
        for index in (12, -1):
            with pytest.raises(IndexError):
                frames[index]


def test_missing_numbers_close_up(path):
    with h5py.File(path, "w") as file:
        wmca(file)
        del file["Frame_3"]
    with open_frames(path, "hdf5") as frames:
        assert len(frames) == 11
        np.testing.assert_array_equal(frames[3], COLOR[4])


def refused(path, match):
    with pytest.raises(UnreadableError, match=match) as caught, open_frames(path, "hdf5"):
        pass
    assert str(path) not in str(caught.value)


def test_files_without_one_colour_stream_are_refused_with_a_listing(path):
    with h5py.File(path, "w") as file:
        for k in range(12):
            file[f"Frame_{k}/array"] = np.zeros((4, 5, 6), np.uint8)  # grey, depth, infrared, thermal
    refused(path, r"one colour stream, but has none.*12 x /Frame_#/array \(4, 5, 6\) uint8")
    with h5py.File(path, "w") as file:
        file["left"] = file["right"] = COLOR
    refused(path, r"one colour stream, but has 2.*1 x /right \(12, 5, 6, 3\) uint8")
    with h5py.File(path, "w") as file:
        file["color"] = COLOR.astype(np.float32)
        file["cube"] = np.zeros((2, 3, 5, 3), np.uint8)
        file["image"] = COLOR[0]
    refused(path, "one colour stream, but has none")
    with h5py.File(path, "w") as file:
        file["empty"] = h5py.Empty("u1")
    refused(path, "one colour stream, but has none.*empty")
    with h5py.File(path, "w"):
        pass
    refused(path, "it has no dataset")


def test_two_frames_of_one_number_and_of_two_sizes_are_refused(path):
    with h5py.File(path, "w") as file:
        wmca(file)
        file["Frame_03/array"] = COLOR[3].transpose(2, 0, 1)
    refused(path, "same number")
    with h5py.File(path, "w") as file:
        wmca(file)
        file["Frame_12/array"] = np.zeros((3, 7, 7), np.uint8)
    refused(path, "one colour stream, but has 2")


def test_other_files_are_not_read(path, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["color"] = COLOR
    (tmp_path / "raw").write_bytes(COLOR.tobytes())
    with h5py.File(path, "w") as file:
        file["color"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/color")
    refused(path, "one colour stream, but has none")
    with h5py.File(path, "w") as file:
        file.create_dataset("color", COLOR.shape, np.uint8, external=[(str(tmp_path / "raw"), 0, COLOR.size)])
    refused(path, "in other files")
    layout = h5py.VirtualLayout(COLOR.shape, np.uint8)
    layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "color", COLOR.shape)
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("color", layout)
    refused(path, "in other files")


def test_incomplete_and_huge_data_are_refused(path, monkeypatch):
    with h5py.File(path, "w") as file:
        file.create_dataset("color", (10**9, 480, 640, 3), np.uint8, chunks=(1, 480, 640, 3))
    refused(path, "incomplete")
    with h5py.File(path, "w") as file:
        file.create_dataset("color", (50, 480, 640, 3), np.uint8)
    refused(path, "incomplete")
    with h5py.File(path, "w") as file:
        file.create_dataset("color", (2, 10**6, 10**6, 3), np.uint8, chunks=(1, 10, 10, 3))
    refused(path, "too many pixels")
    monkeypatch.setattr(hdf5, "LARGEST_CHUNK", 99)
    with h5py.File(path, "w") as file:
        channels_last(file)
    refused(path, "chunks .* too large")


def test_broken_files_are_refused(path):
    path.write_bytes(b"")
    refused(path, "it is empty")
    path.write_bytes(b"no HDF5" * 999)
    refused(path, "it is no HDF5 file")
    with h5py.File(path, "w") as file:
        mad3d(file)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    refused(path, "truncated")


def test_a_damaged_chunk_is_refused_when_it_is_read(path):
    with h5py.File(path, "w") as file:
        data = file.create_dataset("color", data=COLOR, chunks=(4, 5, 6, 3), compression="gzip")
        place = data.id.get_chunk_info(2)
    content = bytearray(path.read_bytes())
    content[place.byte_offset : place.byte_offset + place.size] = bytes(place.size)
    path.write_bytes(content)
    with open_frames(path, "hdf5") as frames:
        np.testing.assert_array_equal(frames[0], COLOR[0])
        with pytest.raises(UnreadableError, match="frame 11"):
            frames[11]
