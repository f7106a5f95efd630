# SPDX-License-Identifier: Apache-2.0
import pytest

from flip_mm.datasets.frame_name import ENDINGS
from flip_mm.datasets.frame_selection import FRAMES, SELECTIONS, TooShortError, images_per_recording, select_frames


@pytest.mark.parametrize(
    ("selection", "total", "indices", "endings"),
    [
        ("pair", 13, [6, 12], ["_frame0.png", "_frame1.png"]),
        ("pair", 301, [6, 156], ["_frame0.png", "_frame1.png"]),
        ("ten", 10, list(range(10)), ["_00.jpg", "_09.jpg"]),
        ("ten", 59, list(range(0, 50, 5)), ["_00.jpg", "_09.jpg"]),
        ("ten_by_index", 59, list(range(0, 50, 5)), ["_00.jpg", "_45.jpg"]),
        ("ten_by_index", 40, list(range(0, 40, 4)), ["_00.jpg", "_36.jpg"]),
        ("single", 1, [0], [".jpg"]),
    ],
)
def test_frames(selection, total, indices, endings):
    chosen = select_frames(selection, total)
    assert [index for index, _ in chosen] == indices
    assert list(dict.fromkeys((chosen[0][1], chosen[-1][1]))) == endings
    assert images_per_recording(selection) == len(chosen)


def test_file_names_are_those_that_the_records_read():
    assert FRAMES.keys() == SELECTIONS.keys()
    for selection, frames in FRAMES.items():
        assert ENDINGS[frames].match("o/train/real/a" + select_frames(selection, 50)[0][1])


def test_the_error_says_which_frames_are_taken():
    message = r"it has 6 frames, 13 are needed \(frame 6 and the frame half a video later, counted from 0\)"
    with pytest.raises(TooShortError, match=message):
        select_frames("pair", 6)


@pytest.mark.parametrize(("selection", "total"), [("pair", 12), ("ten", 9), ("ten_by_index", 9), ("single", 0)])
def test_too_few_frames(selection, total):
    with pytest.raises(TooShortError, match=f"it has {total} frames, {total + 1} are needed"):
        select_frames(selection, total)
