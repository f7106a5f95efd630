# SPDX-License-Identifier: Apache-2.0
import pytest

from flip_mm.faces.annotations import read_annotation
from flip_mm.faces.face import Face


@pytest.fixture
def read(tmp_path):
    def make(kind, text, size=None):
        path = tmp_path / "a.face"
        path.write_bytes(text.encode())
        return read_annotation(kind, path, size)

    return make


def test_msu_has_corners_and_eyes(read):
    faces = read("msu", "0,10,20,110,140,40,60,80,61\r\n1,0,0,0,0,0,0,0,0\n2, 12, 22, 112, 142\n")
    assert faces == {0: Face((10, 20, 110, 140), eyes=((40, 60), (80, 61))), 2: Face((12, 22, 112, 142))}


def test_replay_has_width_and_height_and_zeros_without_a_face(read):
    assert read("replay", "0 0 0 0 0\n1 80 40 100 120\n") == {1: Face((80, 40, 180, 160))}


@pytest.mark.parametrize("line", ["7, 400, 300, 500, 300", "7, 500, 300, 400, 300"])
def test_oulu_box_follows_from_the_eyes(read, line):
    # Eyes 100 apart: 220 wide, 270 high, its centre 35 below the eyes.
    (face,) = read("oulu", line).values()
    assert face.eyes == ((400, 300), (500, 300))
    assert face.box == pytest.approx((340, 200, 560, 470))


def test_oulu_box_moves_down_the_face_of_a_tilted_head(read):
    face = read("oulu", "0,400,300,460,380")[0]
    x0, y0, x1, y1 = face.box
    assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx((430 - 0.35 * 80, 340 + 0.35 * 60))


def test_celeb_is_relative_to_224(read):
    assert read("celeb", "56 28 112 168 0.998\n", (448, 672)) == {0: Face((112, 84, 336, 588))}


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("msu", "{},0,0,0,0"),
        ("msu", "{},-1,-1,-1,-1"),
        ("msu", "{},-1,-1,-1,-1,-1,-1,-1,-1"),
        ("msu", "{},10,20,10,20"),
        ("msu", "{},10,20,10,90"),
        ("replay", "{} 0 0 0 0"),
        ("replay", "{} -1 -1 -1 -1"),
        ("replay", "{} 80 40 0 0"),
        ("replay", "{} 80 40 100 0"),
        ("oulu", "{}, 0, 0, 0, 0"),
        ("oulu", "{}, -1, -1, -1, -1"),
        ("oulu", "{}, 5, 5, 5, 5"),
    ],
)
def test_a_frame_without_a_face_leaves_the_others(read, kind, line):
    good = {"msu": "{},10,20,110,140", "replay": "{} 10 20 100 120", "oulu": "{},400,300,500,300"}[kind]
    faces = read(kind, "\n".join([good.format(0), line.format(1), good.format(2)]))
    assert faces.keys() == {0, 2}
    assert faces[0].area > 0


@pytest.mark.parametrize("line", ["0 0 0 0 0.0", "-1 -1 -1 -1 0.0", "0 0 0 0 0.99", "50 60 0 0 0.4"])
def test_an_image_without_a_face(read, line):
    assert read("celeb", line, (448, 672)) == {}


@pytest.mark.parametrize("kind", ["msu", "replay", "oulu"])
def test_an_empty_file_has_no_faces(read, kind):
    assert read(kind, "\n") == {}


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("replay", "0 1 2 30 40\n1 1 2 30\n", r"a\.face', line 2: 5 numbers expected, 4 found: '1 1 2 30'"),
        ("replay", "0 1 2 x 40", "line 1: 'x' is no number"),
        ("replay", "0 1 2 nan 40", "line 1: 'nan' is no number"),
        ("replay", "0 1 2 -3 40", "line 1: the box has a negative width or height: '0 1 2 -3 40'"),
        ("replay", "0 1 2 30 40\n1 1 2 30 -40", "line 2: the box has a negative width or height"),
        ("msu", "0,110,20,10,140", "line 1: the box has a negative width or height"),
        ("msu", "0,10,140,110,20,40,60,80,61", "line 1: the box has a negative width or height"),
        ("celeb", "1 2 -3 4 0.9", "line 1: the box has a negative width or height"),
        ("replay", "0.5 1 2 3 40", "line 1: '0.5' is no frame number"),
        ("replay", "-1 1 2 3 40", "line 1: '-1' is no frame number"),
        ("replay", "3 0 0 0 0\n3 1 2 3 4", "line 2: frame 3 has two lines"),
        ("msu", "0,1,2,3,4,5", "line 1: 5 or 9 numbers expected, 6 found"),
        ("celeb", "1 2 3 4", "line 1: 5 numbers expected, 4 found"),
        ("celeb", "1 2 3 4 0.9\n1 2 3 4 0.9", "line 2: frame 0 has two lines"),
    ],
)
def test_a_bad_line_is_named(read, kind, text, message):
    with pytest.raises(ValueError, match=message):
        read(kind, text, (100, 100))


def test_wrong_formats_and_files_are_errors(read, tmp_path):
    with pytest.raises(ValueError, match="format 'yolo' is unknown"):
        read("yolo", "")
    with pytest.raises(ValueError, match="give the width and height"):
        read("celeb", "1 2 3 4 0.9")
    (tmp_path / "b.face").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="is not a text file"):
        read_annotation("msu", tmp_path / "b.face")
