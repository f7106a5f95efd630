# SPDX-License-Identifier: Apache-2.0
"""Pictures, faces, boxes."""

import numpy as np
import pytest
from PIL import Image

from flip_mm.faces.face import Face
from flip_mm.qualify.samples import is_data_root, read_data_root, read_folder, spread
from flip_mm.qualify.scenes import NoFace, find_by_detector, find_by_table, read_scenes, remembered
from flip_mm.qualify.scoring import score_pictures


def test_folders_are_classes_and_attack_types(pictures):
    samples = read_folder(pictures)
    assert [sample.label for sample in samples] == [1] * 12 + [0] * 12
    assert {sample.attack for sample in samples if not sample.label} == {"print", "replay"}
    assert samples[0].name == samples[0].presentation == "real/0.png"


def test_frames_of_a_video_are_one_presentation_and_videos_are_left_out(tmp_path):
    for name in ("real/a_frame0.jpg", "real/a_frame1.jpg", "real/b.mp4", "spoof/b.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [(sample.name, sample.presentation, sample.attack) for sample in read_folder(tmp_path)] == [
        ("real/a_frame0.jpg", "real/a", "bonafide"),
        ("real/a_frame1.jpg", "real/a", "bonafide"),
        ("spoof/b.jpg", "spoof/b.jpg", "attack"),
    ]


def test_a_data_root_gives_the_test_images_of_a_domain(shared_mcio):
    samples = read_data_root(shared_mcio, "O")
    assert is_data_root(shared_mcio)
    assert {sample.name.split("/")[0] for sample in samples} == {"oulu"}
    assert len({sample.presentation for sample in samples}) == len(samples) / 2 == 15
    image = next(read_scenes(samples, find_by_detector("given"))).view[0]
    assert image.shape == (32, 32, 3)


def test_a_domain_that_no_protocol_tests(shared_mcio):
    with pytest.raises(ValueError, match="--target 'X' is no domain that a protocol tests; choose from M, C, I, O"):
        read_data_root(shared_mcio, "X")


def test_a_part_of_the_pictures_has_all_kinds(pictures):
    chosen = spread(read_folder(pictures), 8)
    assert [sample.attack for sample in chosen].count("bonafide") == 4
    assert [sample.attack for sample in chosen].count("replay") == 2
    assert chosen == spread(read_folder(pictures)[::-1], 8)


def test_boxes_of_a_table(tmp_path):
    path = tmp_path / "boxes.csv"
    path.write_text("file,x0,y0,x1,y1\nreal/a.png,1,2,3.5,4\n")
    find = find_by_table(path)
    assert find("real/a.png", None) == Face((1, 2, 3.5, 4))
    with pytest.raises(NoFace, match="no line for it"):
        find("real/b.png", None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the column 'file' is missing"),
        ("file,x0,y0,x1\n", "the column 'y1' is missing"),
        ("file,x0,y0,x1,y1\na,1,2,3\n", "line 2: four numbers expected"),
        ("file,x0,y0,x1,y1\na,1,2,3,x\n", "line 2: four numbers expected"),
        ("file,x0,y0,x1,y1\na,1,2,3,2\n", "line 2: the box .* is empty"),
        ("file,x0,y0,x1,y1\na,1,2,nan,4\n", "line 2: the box .* is empty"),
    ],
)
def test_tables_of_boxes_that_are_wrong(tmp_path, text, message):
    (tmp_path / "boxes.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        find_by_table(tmp_path / "boxes.csv")


def test_pictures_without_an_answer_are_listed(tmp_path, graph, describe):
    from flip_mm.qualify.open_subject import open_subject

    for name in ("real/a.png", "real/broken.png", "real/noface.png", "spoof/print/b.png"):
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "data" / name)
    (tmp_path / "data/real/broken.png").write_bytes(b"no picture")
    boxes = "".join(f"{name},0,0,8,8\n" for name in ("real/a.png", "real/broken.png", "spoof/print/b.png"))
    (tmp_path / "boxes.csv").write_text("file,x0,y0,x1,y1\n" + boxes)
    found = score_pictures(
        open_subject(str(graph()), describe()), read_folder(tmp_path / "data"), find_by_table(tmp_path / "boxes.csv")
    )
    assert [sample.name for sample in found.samples] == ["real/a.png", "spoof/print/b.png"]
    reasons = {sample.name: reason for sample, reason in found.unanswered}
    assert reasons["real/broken.png"].startswith("unreadable: cannot identify image file")
    assert reasons["real/noface.png"] == "the table of boxes has no line for it"


def test_a_face_is_searched_once():
    calls = []

    def find(name, image):
        calls.append(name)
        if name == "none":
            raise NoFace("no face was found")
        return

    once = remembered(find)
    assert once("a", None) is once("a", None) is None
    for _ in range(2):
        with pytest.raises(NoFace):
            once("none", None)
    assert calls == ["a", "none"]
