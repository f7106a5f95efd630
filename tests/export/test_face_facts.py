# SPDX-License-Identifier: Apache-2.0
"""The face detector of the training data, from its manifests."""

import pytest

from flip_mm.export.face_facts import face_facts


@pytest.fixture
def root(tmp_path):
    """root(M=["mtcnn 0.1", ...], C=[...]): a data root with these detectors and margins in its manifests."""
    names = dict(M="msu", C="casia", O="oulu")

    def make(**detectors):
        for domain, images in detectors.items():
            folder = tmp_path / "preparation" / names[domain]
            folder.mkdir(parents=True)
            rows = [f"{number}.png,{name.partition(' ')[0]},{name.partition(' ')[2]}" for number, name in enumerate(images)]
            lines = ["file,detector,margin", *rows]
            (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
        return tmp_path

    return make


def test_one_detector(root):
    data = root(M=["mtcnn 0.2"] * 3, C=["mtcnn 0.2"], O=["lbp 0.2"])
    known = dict(margin=0.2, margin_source="manifests of the training data")
    assert face_facts(data, ["M", "C"], None, None) == dict(detector="mtcnn", source="manifests of the training data", **known)
    given = face_facts(data, ["M", "O"], "yunet", None)
    assert given == dict(detector="yunet", source="given at the export", training_data=["lbp", "mtcnn"], **known)


@pytest.mark.parametrize(
    ("detectors", "faces", "known"),
    [
        (dict(M=["mtcnn 0.1", "mtcnn 0.2"]), None, "is 0.1 and 0.2 in their manifests"),
        (dict(M=["mtcnn"], C=["mtcnn 0.2"]), None, "is unknown and 0.2 in their manifests"),
        (dict(M=["mtcnn"]), None, "is unknown in their manifests"),
        (dict(M=["none"]), "mtcnn", "is unknown"),
        ({}, "mtcnn", "is unknown"),
    ],
)
def test_an_unknown_margin(root, detectors, faces, known):
    data = root(**detectors)
    with pytest.raises(ValueError, match=f"^The margin around the faces of the training data {known}: give --margin"):
        face_facts(data, [*detectors], faces, None)
    facts = face_facts(data, [*detectors], faces, 0.0)
    assert (facts["margin"], facts["margin_source"]) == (0.0, "given at the export")


def test_whole_frames(root):
    assert face_facts(root(M=["none"]), ["M"], None, None)["detector"] == "given"


def test_nothing_known(root, tmp_path):
    for place, domains in ((tmp_path, ["M"]), (None, ["M"]), (tmp_path, [])):
        assert face_facts(place, domains, None, None) == {}
    assert face_facts(None, [], "given", None) == dict(detector="given", source="given at the export")


@pytest.mark.parametrize(
    ("detectors", "listed"),
    [
        (dict(M=["mtcnn", "lbp"]), "M: mtcnn, lbp"),
        (dict(M=["mtcnn"], C=["none"]), "M: mtcnn; C: none"),
        (dict(M=["annotations"]), "M: annotations"),
    ],
)
def test_ways_that_a_prediction_cannot_repeat(root, detectors, listed):
    data = root(**detectors)
    with pytest.raises(ValueError, match=rf"^The faces of the training data were found by {listed}: say with --faces which"):
        face_facts(data, [*detectors], None, None)
    assert face_facts(data, [*detectors], "given", None)["detector"] == "given"


def test_a_damaged_manifest(root):
    data = root(M=["mtcnn"])
    path = data / "preparation/msu/manifest.csv"
    for content in (b"\xff\xfe", b"file,label\na,b\n"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"manifest\.csv' is no manifest of a conversion"):
            face_facts(data, ["M"], None, None)
