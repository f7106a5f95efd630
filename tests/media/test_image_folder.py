# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from PIL import Image

from flip_mm.media.frames import UnreadableError
from flip_mm.media.open_frames import open_frames


def write(path, value):
    Image.new("RGB", (4, 4), (value, 0, 0)).save(path)


def test_images_come_in_the_order_of_their_numbers(tmp_path):
    names = ["2.png", "10.png", "0001.png", "9.BMP"]
    for name in names:
        write(tmp_path / name, int(name.split(".")[0]))
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    (tmp_path / "._2.png").write_bytes(b"x")
    (tmp_path / "3.png").mkdir()
    with open_frames(tmp_path, "folder") as frames:
        assert [int(frames[k][0, 0, 0]) for k in range(len(frames))] == [1, 2, 9, 10]
        for index in (4, -1):
            with pytest.raises(IndexError):
                frames[index]


def test_prefixes_and_several_numbers_are_ordered_too(tmp_path):
    for name, value in (("b_2", 4), ("a_10_1", 3), ("a_2_11", 2), ("a_2_9", 1)):
        write(tmp_path / f"{name}.png", value)
    with open_frames(tmp_path, "folder") as frames:
        assert [int(frames[k][0, 0, 0]) for k in range(4)] == [1, 2, 3, 4]


@pytest.mark.parametrize("other", ["01.png", "1.bmp"])
def test_two_images_of_one_number_are_refused(other, tmp_path):
    write(tmp_path / "1.png", 1)
    write(tmp_path / other, 1)
    with pytest.raises(UnreadableError, match="same position"), open_frames(tmp_path, "folder"):
        pass


def test_folders_without_images_are_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(UnreadableError, match="contains no image"), open_frames(tmp_path, "folder"):
        pass
    with pytest.raises(FileNotFoundError), open_frames(tmp_path / "none", "folder"):
        pass


def test_a_broken_link_is_not_skipped(tmp_path):
    write(tmp_path / "1.png", 1)
    (tmp_path / "2.png").symlink_to("gone.png")
    with pytest.raises(UnreadableError, match=r"2\.png is a broken link"), open_frames(tmp_path, "folder"):
        pass


def test_a_broken_image_is_named_when_it_is_read(tmp_path):
    write(tmp_path / "1.png", 1)
    (tmp_path / "2.png").write_bytes(b"")
    with open_frames(tmp_path, "folder") as frames:
        assert isinstance(frames[0], np.ndarray)
        with pytest.raises(UnreadableError, match=r"^2\.png: it is empty"):
            frames[1]
