# SPDX-License-Identifier: Apache-2.0
import sys
import types

import numpy as np
import pytest

from flip_mm.faces.crop import crop_face
from flip_mm.faces.face import Face
from flip_mm.faces.face_selection import has_level_eyes, is_plausible, is_upright, select_face
from flip_mm.faces.preparer import FacePreparer, NoFaceError
from flip_mm.faces.rotation import is_upside_down, rotate, rotate_face_180
from flip_mm.utils.stage_clock import StageClock

EMPTY = np.full((240, 320, 3), 90, np.uint8)


def find_dots(image):
    """A detector of the drawing's red and green dot: sure and level if red is on the left, as it is in the upright drawing."""
    pixels = image.astype(int)
    spots = [np.argwhere((pixels[..., c] > 200) & (np.delete(pixels, c, 2).max(2) < 60)) for c in (0, 1)]
    if not all(map(len, spots)):
        return []
    red, green = (spot.mean(0)[::-1] + 0.5 for spot in spots)
    if red[0] >= green[0] - 10:
        return []
    x, y = (red + green) / 2
    return [Face((x - 50, y - 40, x + 50, y + 80), find_dots.score, (tuple(red), tuple(green)))]


@pytest.fixture
def preparer(monkeypatch):
    find_dots.score = 0.99
    module = types.ModuleType("own")
    module.dots = lambda weights: find_dots
    monkeypatch.setitem(sys.modules, "own", module)
    return lambda **options: FacePreparer("own:dots", size=64, **options)


def test_the_face_of_the_frame_asked_for(preparer, recording, drawing, drawn):
    clock, frames = StageClock(), recording([EMPTY, drawing, EMPTY])
    prepared = preparer().open(frames, [1], clock=clock).prepare(1)
    assert (prepared.index, prepared.rotation, prepared.face_count) == (1, 0, 1)
    assert prepared.face.box == pytest.approx(drawn.box, abs=1)
    np.testing.assert_array_equal(prepared.image, crop_face(drawing, prepared.face, 64))
    assert set(clock.seconds) == {"decode", "detect", "crop"}
    assert frames.decoded == [1]


@pytest.mark.parametrize(("where", "expected"), [((3, 8), 3), ((7, 4), 4), ((6, 4), 6), ((0, 9), 9)])
def test_the_nearest_neighbour_replaces_a_frame(preparer, recording, drawing, where, expected):
    frames = recording([drawing if i in where else EMPTY for i in range(10)])
    assert preparer().open(frames, [5]).prepare(5).index == expected


def test_no_neighbour_replaces_two_frames(preparer, recording, drawing):
    # Frame 4 is as near to 2 as to 6, 5 is nearer to 6.
    frames = recording([drawing if i in (4, 5) else EMPTY for i in range(9)])
    recorded = preparer().open(frames, [2, 6])
    assert recorded.prepare(6).index == 5
    with pytest.raises(NoFaceError, match="no face was found in frame 2 or in the 3 nearest"):
        recorded.prepare(2)


def test_the_maximum_distance_of_neighbours(preparer, recording, drawing):
    frames = recording([EMPTY] * 5 + [drawing])
    assert preparer(max_distance=5).open(frames, [0]).prepare(0).index == 5
    with pytest.raises(NoFaceError, match="frame 0 or in the 4 nearest"):
        preparer(max_distance=4).open(frames, [0]).prepare(0)
    with pytest.raises(NoFaceError, match=r"no face was found in frame 0$"):
        preparer(max_distance=0).open(frames, [0]).prepare(0)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_recording_is_turned_back(preparer, recording, drawing, rotation):
    stored = rotate(drawing, 360 - rotation)
    prepared = preparer().open(recording([stored]), [0]).prepare(0)
    assert prepared.rotation == rotation
    np.testing.assert_array_equal(prepared.image, preparer().open(recording([drawing]), [0]).prepare(0).image)


@pytest.mark.parametrize(
    ("rotation", "expected"), [(0, [[1, 2], [3, 4]]), (90, [[3, 1], [4, 2]]), (180, [[4, 3], [2, 1]]), (270, [[2, 4], [1, 3]])]
)
def test_turns_are_clockwise(rotation, expected):
    assert rotate(np.array([[1, 2], [3, 4]]), rotation).tolist() == expected


def test_one_rotation_holds_for_a_recording(preparer, recording, drawing):
    # The second frame would be found as it is.
    frames = recording([rotate(drawing, 180), drawing, rotate(drawing, 180)])
    recorded = preparer().open(frames, [0, 1])
    assert recorded.prepare(0).rotation == 180
    assert (recorded.prepare(1).index, recorded.rotation) == (2, 180)


def test_a_later_frame_may_decide(preparer, recording, drawing):
    flipped = rotate(drawing, 180)
    recorded = preparer().open(recording([EMPTY, flipped, EMPTY, EMPTY, flipped]), [0, 4])
    prepared = recorded.prepare(0)
    assert (prepared.index, prepared.rotation) == (1, 180)


@pytest.mark.parametrize("score", [None, 0.85])
def test_no_recording_is_turned_without_confidence(preparer, recording, drawing, score):
    find_dots.score = score
    with pytest.raises(NoFaceError):
        preparer().open(recording([rotate(drawing, 180)]), [0]).prepare(0)
    assert preparer().open(recording([drawing]), [0]).prepare(0).rotation == 0


LEVEL, CLOSE = ((130, 100), (170, 100)), ((145, 100), (155, 100))


@pytest.mark.parametrize(
    ("eyes", "score", "turned_score", "rotation"),
    [
        (LEVEL, 0.7, 0.98, 0),
        (LEVEL, 0.7, 0.99, 180),
        (CLOSE, 0.7, 0.9, 180),
        (LEVEL, 0.97, 0.98, 0),
        (LEVEL, 0.97, 1.0, 180),
        (LEVEL, 0.99, 1.0, 0),
    ],
)
def test_only_a_certain_face_outdoes_one_with_level_eyes(preparer, recording, drawing, eyes, score, turned_score, rotation):
    find_dots.score = turned_score
    doubtful = Face((100, 60, 200, 180), score, eyes)
    sys.modules["own"].dots = lambda weights: lambda image: find_dots(image) or [doubtful]
    assert preparer().open(recording([rotate(drawing, 180)]), [0]).prepare(0).rotation == rotation


def test_an_uncertain_face_in_a_turned_frame_does_not_end_the_search(preparer, recording, drawing):
    stored, doubtful = rotate(drawing, 270), Face((100, 60, 200, 180), 0.7, ((130, 100), (170, 100)))
    half = rotate(stored, 180)
    sys.modules["own"].dots = lambda weights: lambda image: [doubtful] if np.array_equal(image, half) else find_dots(image)
    assert preparer().open(recording([stored]), [0]).prepare(0).rotation == 90


def test_annotated_faces(recording, drawing, drawn):
    preparer = FacePreparer("annotations", size=64, max_distance=2)
    frames = recording([EMPTY, EMPTY, drawing, EMPTY, EMPTY, EMPTY])
    recorded = preparer.open(frames, [0, 5], {2: drawn, 9: drawn})
    prepared = recorded.prepare(0)
    assert (prepared.index, prepared.face, prepared.face_count) == (2, drawn, 1)
    np.testing.assert_array_equal(prepared.image, crop_face(drawing, drawn, 64))
    assert frames.decoded == [2]
    with pytest.raises(NoFaceError, match="no face was annotated in frame 5 or in the 2 nearest"):
        recorded.prepare(5)


@pytest.mark.parametrize("annotation", [None, {}])
def test_a_recording_without_annotation(recording, drawing, annotation):
    with pytest.raises(NoFaceError, match="no frame has an annotated face"):
        FacePreparer("annotations").open(recording([drawing]), [0], annotation).prepare(0)


def test_eyes_below_the_centre_of_an_annotated_box_turn_the_frame(recording, drawing, drawn):
    frame, face = rotate(drawing, 180), rotate_face_180(drawn, 320, 240)
    assert is_upside_down(face)
    assert not is_upside_down(drawn)
    assert face.eyes == ((149.5, 139.5), (189.5, 139.5))
    assert face.box == (120, 60, 220, 180)
    prepared = FacePreparer("annotations", size=64).open(recording([frame]), [0], {0: face}).prepare(0)
    assert (prepared.rotation, prepared.face) == (180, drawn)
    np.testing.assert_array_equal(prepared.image, crop_face(drawing, drawn, 64))


def test_whole_frames_with_and_without_borders(recording):
    frame = np.zeros((60, 100, 3), np.uint8)
    frame[10:50, 20:90] = 200
    whole = FacePreparer("none", size=32).open(recording([frame]), [0]).prepare(0)
    cut = FacePreparer("none", size=32, borders=True).open(recording([frame]), [0]).prepare(0)
    assert whole.image.min() == 0
    assert (cut.image == 200).all()
    assert (cut.face, cut.rotation, cut.face_count, cut.index) == (None, 0, 0, 0)


def test_lbp_prepares_a_photo(recording, photo):
    prepared = FacePreparer("lbp", size=32, max_distance=0).open(recording([photo]), [0]).prepare(0)
    assert prepared.image.shape == (32, 32, 3)
    assert prepared.rotation == 0


@pytest.mark.parametrize(("faces", "package"), [("mtcnn", "facenet_pytorch"), ("retinaface", "retinaface")])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_detectors_turn_a_photo_upright(recording, photo, rotation, faces, package):
    pytest.importorskip(package)
    frames = recording([rotate(photo, 360 - rotation if rotation else 0)])
    prepared = FacePreparer(faces).open(frames, [0]).prepare(0)
    assert prepared.doubts == ()
    assert prepared.rotation == rotation
    assert np.array(prepared.face.eyes) == pytest.approx(np.array([(205, 102), (247, 104)]), abs=5)


def test_the_largest_face_but_for_doubtful_ones():
    small, large = Face((0, 0, 30, 30), 0.99), Face((0, 0, 60, 60), 0.95)
    assert select_face([small, large]) == large
    assert select_face([small, Face((0, 0, 90, 90), 0.7)]) == small
    assert select_face([Face((0, 0, 30, 30), 0.7), Face((0, 0, 40, 40), 0.6)]).score == 0.6
    assert select_face([Face((0, 0, 30, 30)), Face((0, 0, 40, 40))]).box[2] == 40


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 20, 20), True),
        ((0, 0, 19, 40), False),
        ((-30, 0, 29, 60), False),
        ((60, 60, 139, 139), True),
        ((60, 60, 141, 139), False),
        ((-100, -100, 101, 100), False),
        ((40, 40, 10, 80), False),
    ],
)
def test_plausible_faces(box, expected):
    assert is_plausible(Face(box), 100, 100) is expected
    assert is_plausible(Face((-160, 0, 260, 90)), 100, 200) is False
    assert is_plausible(Face((-90, 0, 190, 90)), 100, 200) is True


@pytest.mark.parametrize(
    ("score", "eyes", "expected"),
    [
        (0.9, ((30, 40), (70, 40)), True),
        (0.89, ((30, 40), (70, 40)), False),
        (None, ((30, 40), (70, 40)), False),
        (0.9, None, False),
        (0.9, ((30, 40), (59, 40)), False),
        (0.9, ((30, 20), (70, 42)), True),
        (0.9, ((30, 20), (70, 44)), False),
        (0.9, ((30, 60), (70, 61)), False),
    ],
)
def test_certainly_upright_faces(score, eyes, expected):
    assert is_upright(Face((0, 0, 100, 120), score, eyes)) is expected
    assert has_level_eyes(Face((0, 0, 100, 120), 0.1, ((30, 40), (70, 40))))


@pytest.mark.parametrize("options", [dict(margin=-0.5), dict(margin=float("nan")), dict(size=0), dict(max_distance=-1)])
def test_invalid_preparation_settings_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        FacePreparer("none", **options)
