# SPDX-License-Identifier: Apache-2.0
import json

import pytest
from fixtures.archive_lines import add, scan_archive, unfit


def celeb_classes(root):
    scan = scan_archive("celeba_spoof", root)
    return {recording.stem for recording in scan.recordings}, " ".join(scan.notes)


def test_labels_of_celeba_decide_and_the_folder_names(raw):
    stems, notes = celeb_classes(raw("celeba_spoof"))
    assert "celeb/fake/997_live_125049" in stems
    assert "the label file: 3 images; from the folder: 0" in notes
    assert "Images with another class in the label file than in their folder: 1." in notes


@pytest.mark.parametrize("form", ["json", "44 numbers", "json before text", "none"])
def test_classes_of_celeba_from_json_text_or_folders(raw, form):
    root = raw("celeba_spoof")
    path = root / "metas/intra_test/train_label.txt"
    entries = dict(line.split() for line in path.read_text().splitlines())
    labels = {image: [0] * 40 + [3, 1, 1, int(label)] for image, label in entries.items()}
    path.unlink()
    if form.startswith("json"):
        path.with_suffix(".json").write_text(json.dumps(labels))
    if form == "44 numbers":
        path.write_text("".join(f"{image} {' '.join(map(str, numbers))}\n" for image, numbers in labels.items()))
    if form == "json before text":
        path.write_text("".join(f"{image} 0\n" for image in labels))
    stems, notes = celeb_classes(root)
    word = "real" if form == "none" else "fake"
    assert f"celeb/{word}/997_live_125049" in stems
    numbers = (0, 3) if form == "none" else (3, 0)
    assert "Class from the label file: {} images; from the folder: {}.".format(*numbers) in notes
    assert ("Images with another class" in notes) == (form != "none")


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        (
            "train_label.txt",
            "Data/train/732/live/040170.jpg 2\n",
            "entry 1, 'Data/train/732/live/040170.jpg', has the class '2'",
        ),
        ("train_label.txt", "Data/train/732/live/040170.jpg\n", "entry 1, 'Data/train/732/live/040170.jpg', has the class ''"),
        ("train_label.json", '{"Data/train/732/live/040170.jpg": [0, 1]}', "no JSON object of images with 44 numbers each"),
        ("train_label.txt", "Data/train/732/live/040170.jpg 0 0 1\n", "has the class '0 0 1', not 0"),
        ("train_label.txt", "732/live/040170.jpg 1\n", "entry 1, '732/live/040170.jpg', is no image Data/train"),
        ("train_label.json", "[]", "no JSON object of images with 44 numbers each"),
        ("train_label.json", "{", "no JSON object of images with 44 numbers each"),
    ],
)
def test_labels_of_celeba_that_cannot_be_read(raw, file, text, message):
    root = raw("celeba_spoof")
    for path in (root / "metas/intra_test").iterdir():
        path.unlink()
    add(root, f"metas/intra_test/{file}", text=text)
    with pytest.raises(ValueError, match=rf"metas/intra_test/{file}'.*{message}"):
        scan_archive("celeba_spoof", root)


def test_a_live_image_labelled_live_in_a_folder_of_spoofs_is_a_problem(raw):
    root = raw("celeba_spoof")
    path = "Data/train/563/spoof/348234"
    labels = (root / "metas/intra_test/train_label.txt").read_text()
    (line,) = [line for line in labels.splitlines() if path in line]
    add(root, "metas/intra_test/train_label.txt", text=labels.replace(line, line[:-1] + "0"))
    scan = scan_archive("celeba_spoof", root)
    ((source, reason),) = unfit(scan).items()
    assert source.startswith(path)
    assert "'celeb/real/563_spoof_348234', which is no official name of the data set" in reason
