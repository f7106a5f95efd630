# SPDX-License-Identifier: Apache-2.0
"""The face detector of the training data, from its manifests."""

import pytest

from flip_mm.export.face_facts import face_facts


@pytest.fixture
def root(tmp_path):
    """root(M=["mtcnn", ...], C=[...]): a data root with these detectors in its manifests."""
    names = dict(M="msu", C="casia", O="oulu")

    def make(**detectors):
        for domain, images in detectors.items():
            folder = tmp_path / "preparation" / names[domain]
            folder.mkdir(parents=True)
            lines = ["file,detector,score", *(f"{number}.png,{name},1" for number, name in enumerate(images))]
            (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
        return tmp_path

    return make


def test_one_detector(root):
    data = root(M=["mtcnn"] * 3, C=["mtcnn"], O=["lbp"])
    assert face_facts(data, ["M", "C"], None) == dict(detector="mtcnn", source="manifests of the training data")
    given = face_facts(data, ["M", "O"], "yunet")
    assert given == dict(detector="yunet", source="given at the export", training_data=["lbp", "mtcnn"])


def test_whole_frames(root):
    assert face_facts(root(M=["none"]), ["M"], None)["detector"] == "given"


def test_nothing_known(root, tmp_path):
    assert face_facts(tmp_path, ["M"], None) == face_facts(None, ["M"], None) == face_facts(tmp_path, [], None) == {}
    assert face_facts(None, [], "given") == dict(detector="given", source="given at the export")


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
        face_facts(data, [*detectors], None)
    assert face_facts(data, [*detectors], "given")["detector"] == "given"


def test_a_damaged_manifest(root):
    data = root(M=["mtcnn"])
    path = data / "preparation/msu/manifest.csv"
    for content in (b"\xff\xfe", b"file,label\na,b\n"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"manifest\.csv' is no manifest of a conversion"):
            face_facts(data, ["M"], None)
