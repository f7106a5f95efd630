# SPDX-License-Identifier: Apache-2.0
"""From one recording to images and rows, with faces."""

import sys
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flip_mm.datasets.archive import Recording
from flip_mm.faces.crop import crop_face
from flip_mm.faces.face import Face
from flip_mm.media.quality import sharpness
from flip_mm.media.still_image import read_image
from flip_mm.preparation.manifest import manifest_row, manifest_text, read_manifest
from flip_mm.preparation.worker import ConversionOptions, Worker

PICTURE = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
PHOTO = Recording("CelebA", "a.png", "celeb/real/1_live_000001", "image", "single", "a.txt", "train")
FOUND = Face((10.0, 5.0, 40.0, 35.0), 0.87654)
SECOND = Face((30.0, 20.0, 51.0, 41.0), 0.8, ((35.0, 25.0), (46.0, 25.0)))


@pytest.fixture
def convert(tmp_path, monkeypatch):
    """convert(recording, annotation, **settings): outcome and frame/, of an archive with a picture and a folder of 30."""
    module = types.ModuleType("own")
    for name, faces in dict(one=[FOUND], none=[], two=[FOUND, SECOND]).items():
        setattr(module, name, lambda weights, faces=faces: lambda image: faces)
    monkeypatch.setitem(sys.modules, "own", module)
    raw, frames = tmp_path / "raw", tmp_path / "frame"
    (raw / "folder").mkdir(parents=True)
    Image.fromarray(PICTURE).save(raw / "a.png")
    for k in range(30):
        Image.fromarray(np.roll(PICTURE, k, 1)).save(raw / f"folder/{k}.png")

    def run(recording, annotation="", **settings):
        (raw / "a.txt").write_text(annotation)
        return Worker(raw, frames, ConversionOptions(**(dict(margin=0.0, size=32) | settings))).convert(recording), frames

    return run


def test_an_annotated_face_is_cut_and_recorded(convert):
    # A box in an image squeezed to 224 x 224, which is 64 x 48 here.
    outcome, frames = convert(PHOTO, "56 28 112 168 0.9\n", faces="annotations", annotations="celeb", margin=0.25)
    (image,) = outcome.images
    face = Face((16.0, 6.0, 48.0, 42.0))
    assert image[:6] == ("celeb/real/1_live_000001.jpg", 0, face, 0, 1, "annotations")
    crop = crop_face(PICTURE, face, 32, 0.25)
    assert image.sharpness == pytest.approx(sharpness(crop))
    assert np.abs(read_image(frames / image.file).astype(int) - crop).mean() < 8  # JPEG
    row = manifest_row(PHOTO, image)
    assert (row.face_box, row.faces, row.detector, row.detector_score) == ("16.0 6.0 48.0 42.0", "1", "annotations", "")
    assert (row.label, row.subject, row.video, row.original_split) == ("real", "1", PHOTO.stem, "train")


def test_a_turned_frame_is_recorded_as_such(convert):
    # Eyes at the bottom of the box.
    outcome, _ = convert(PHOTO, "0,10,5,40,35,20,30,30,30\n", faces="annotations", annotations="msu")
    (image,) = outcome.images
    assert (image.rotation, image.face.box) == (180, (24.0, 13.0, 54.0, 43.0))
    assert manifest_row(PHOTO, image).rotation == "180"


def test_the_frame_that_stands_in_is_recorded(convert):
    recording = Recording("CeFA", "folder", "cefa/train/real/1_000_1_1_1", "folder", "ten", "a.txt")
    lines = "".join(f"{k} 10 5 30 30\n" for k in (1, *range(3, 30, 3)))
    outcome, _ = convert(recording, lines, faces="annotations", annotations="replay")
    assert [image.index for image in outcome.images] == [1, *range(3, 30, 3)]
    assert [manifest_row(recording, image).frame_index for image in outcome.images][:2] == ["1", "3"]
    assert [image.file[-7:] for image in outcome.images] == [f"_{k:02d}.jpg" for k in range(10)]


def test_detectors_are_tried_in_their_order(convert):
    options = dict(faces="annotations,own:none,own:one", annotations="celeb")
    outcome, _ = convert(PHOTO, **options)
    (image,) = outcome.images
    row = manifest_row(PHOTO, image)
    assert (row.detector, row.detector_score, row.face_box) == ("own:one", "0.8765", "10.0 5.0 40.0 35.0")
    outcome, _ = convert(PHOTO, "56 28 112 168 0.9\n", **options)
    assert outcome.images[0].detector == "annotations"


@pytest.mark.parametrize(
    ("options", "uncertain"),
    [
        (dict(faces="own:two"), "no_landmarks second_face"),
        (dict(faces="own:one"), "no_landmarks"),
        (dict(faces="none"), ""),
        (dict(faces="annotations", annotations="celeb"), ""),
    ],
)
def test_an_uncertain_box_is_recorded(convert, options, uncertain):
    outcome, _ = convert(PHOTO, "56 28 112 168 0.9\n", **options)
    row = manifest_row(PHOTO, outcome.images[0])
    assert row.uncertain == uncertain
    assert row.faces == {"own:two": "2", "none": ""}.get(options["faces"], "1")


REASONS = {
    "no face": (
        (PHOTO, "", dict(faces="annotations,own:none", annotations="celeb")),
        "annotations: no frame has an annotated face; own:none: no face was found in frame 0; not converted",
    ),
    "annotation": (
        (PHOTO, "1 2 3\n", dict(faces="annotations,own:one", annotations="celeb")),
        "its annotation file is damaged: ",
    ),
    "absent": (
        (Recording("CelebA", "b.png", "celeb/real/1_live_000002", "image", "single"), "", dict(faces="none")),
        "it cannot be read: No such file or directory; not converted",
    ),
    "short": (
        (Recording("M", "a.png", "msu/train/real/x", "image", "pair"), "", dict(faces="none")),
        "it has 1 frames, 13 are needed (frame 6 and the frame half a video later, counted from 0); not converted",
    ),
}


@pytest.mark.parametrize(("arguments", "reason"), REASONS.values(), ids=REASONS)
def test_why_nothing_is_written(convert, arguments, reason):
    recording, annotation, settings = arguments
    outcome, frames = convert(recording, annotation, **settings)
    assert outcome.images == []
    assert outcome.reason.startswith(reason)
    assert not frames.exists()


@pytest.mark.parametrize(("borders", "darkest"), [(True, 200), (False, 0)])
def test_borders_are_cut_where_the_data_set_has_them(convert, tmp_path, borders, darkest):
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[8:40, 16:48] = 200
    Image.fromarray(picture).save(tmp_path / "raw/a.png")
    outcome, frames = convert(PHOTO, faces="none", borders=borders)
    assert read_image(frames / outcome.images[0].file).min() == pytest.approx(darkest, abs=8)
    row = manifest_row(PHOTO, outcome.images[0])
    assert (row.faces, row.face_box, row.detector) == ("", "", "none")


def test_weights_are_for_detectors_that_take_them(monkeypatch):
    built = []
    monkeypatch.setattr("flip_mm.faces.preparer.build_detector", lambda *own: built.append(own))
    preparers = ConversionOptions("annotations,lbp,yunet,own:one", 0.3, weights=Path("w")).preparers()
    assert built == [("lbp", None), ("yunet", Path("w")), ("own:one", Path("w"))]
    assert [own.margin for own in preparers] == [0.3] * 4


def test_a_manifest_reads_back_without_its_torn_last_line(convert, tmp_path):
    outcome, _ = convert(PHOTO, faces="own:one")
    rows = [manifest_row(PHOTO, image)._replace(source="=1+1.png") for image in outcome.images]
    text = manifest_text(rows)
    assert ",'=1+1.png," in text
    path = tmp_path / "manifest.csv"
    path.write_text(text + text.splitlines()[1])
    assert read_manifest(path) == rows
    path.write_text("file,label\n")
    with pytest.raises(ValueError, match="is no manifest: its first line must name file, label, domain"):
        read_manifest(path)


@pytest.mark.parametrize("absent", [(), ("uncertain",), ("uncertain", "sha256")])
def test_manifests_of_earlier_versions_are_read(convert, tmp_path, absent):
    outcome, _ = convert(PHOTO, faces="own:one")
    row = manifest_row(PHOTO, outcome.images[0])
    columns = [name for name in row._fields if name not in absent]
    path = tmp_path / "manifest.csv"
    path.write_text("\n".join([",".join(columns), ",".join(getattr(row, name) for name in columns), ""]))
    assert read_manifest(path) == [row._replace(**dict.fromkeys(absent, ""))]
    path.write_text(path.read_text().replace("file,label", "label,file"))
    with pytest.raises(ValueError, match="is no manifest"):
        read_manifest(path)
