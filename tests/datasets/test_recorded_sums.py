# SPDX-License-Identifier: Apache-2.0
"""Training and the doctor compare images with what a manifest says of them."""

from hashlib import sha256

import pytest
from mmpretrain.registry import DATASETS

from flip_mm.datasets.recorded_sums import manifest_path, recorded_sums
from flip_mm.doctor.diagnosis import check_dataset
from flip_mm.preparation.manifest import ManifestRow, manifest_text

COLUMNS = len(ManifestRow._fields)


@pytest.fixture
def manifest(mcio):
    """A manifest of MSU's images in a copy of the synthetic set, as a converter writes it."""
    folder = mcio / "frame"
    files = sorted(path.relative_to(folder).as_posix() for path in folder.glob("msu/**/*.png"))
    rows = [ManifestRow(file, *[""] * (COLUMNS - 2), sha256((folder / file).read_bytes()).hexdigest()) for file in files]
    path = manifest_path(mcio, "M")
    path.parent.mkdir(parents=True)
    path.write_text(manifest_text(rows))
    return path


def train(root, **kwargs):
    config = dict(type="FASDataset", run=dict(protocol="p1", target="O"), split="train", data_root=str(root))
    return DATASETS.build(config | dict(pipeline=[dict(type="LoadFrame")]) | kwargs)


def damage(path):
    """Exchange one of the lowest bits of an uncompressed picture, which no decoder can tell."""
    from PIL import Image

    with Image.open(path) as image:
        image.putpixel((0, 0), tuple(value ^ 1 for value in image.getpixel((0, 0))))
        image.save(path)


def test_samples_of_data_sets_with_a_manifest_have_their_sum(mcio, manifest):
    data = train(mcio)
    samples = [data.get_data_info(k) for k in range(len(data))]
    assert {bool(sample["sha256"]) for sample in samples if sample["domain"] == "M"} == {True}
    assert {sample["sha256"] for sample in samples if sample["domain"] != "M"} == {""}
    manifest.unlink()
    assert "sha256" not in train(mcio).get_data_info(0)


def test_cells_are_read_as_they_were_meant(tmp_path):
    path = manifest_path(tmp_path, "M")
    path.parent.mkdir(parents=True)
    rows = [
        ManifestRow(file, *[""] * (COLUMNS - 2), digest)
        for file, digest in (("=a/b.png", "AB12 "), ("a\\c.png", "cd"), ("d.png", " "))
        for file, digest in (("=a/b.png", "AB12 "), ("a\\c.png", "cd"), ("d.png", " "))
    ]
    path.write_text(manifest_text(rows))
    assert recorded_sums(tmp_path, ["M"]) == {"=a/b.png": "ab12", "a/c.png": "cd"}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_short_rows_and_cells_with_line_ends(tmp_path, end):
    path = manifest_path(tmp_path, "M")
    path.parent.mkdir(parents=True)
    rows = ["note,file,sha256", '"two{0}lines",a.png,aa', "", "x,b.png", 'y,"c,d.png",CC,more']
    path.write_bytes(end.join(rows).format(end).encode())
    assert recorded_sums(tmp_path, ["M"]) == {"a.png": "aa", "c,d.png": "cc"}


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_file_that_is_not_the_one_converted_stops_training_and_test(split, mcio, manifest):
    data = train(mcio, split=split, run=dict(protocol="p1", target="M" if split == "test" else "O"))
    index = next(k for k in range(len(data)) if data.get_data_info(k)["domain"] == "M")
    path = data.get_data_info(index)["img_path"]
    assert data[index]["img"].ndim == 3
    damage(path)
    with pytest.raises(RuntimeError, match=rf"'{path}' .* it is not the file that was converted: its SHA-256 is"):
        data[index]
    manifest.unlink()
    data = train(mcio, split=split, run=dict(protocol="p1", target="M" if split == "test" else "O"))
    assert data[index]["img"].ndim == 3, "without a manifest it is a picture like any other"


def test_the_doctor_finds_the_same(mcio, manifest):
    (line, *_) = (mcio / "txt/msu_real_test.txt").read_text().split()
    damage(mcio / "frame" / line)
    report = check_dataset(mcio, ["p1"])
    found = {own.code: own.examples for own in report.findings if own.severity == "error"}
    assert list(found) == ["image_unreadable"]
    assert f"{line}: DamagedError: it is not the file that was converted" in found["image_unreadable"][0]
    reasons = {verdict.title: verdict.reasons for verdict in report.verdicts}
    assert reasons["p1 OCI->M"] == ["test images unreadable: 1 of 30"]


def test_a_data_root_of_an_earlier_version_is_trained_on_without_sums(mcio, manifest):
    manifest.write_text("".join(f"{line[: line.rindex(',')]}\n" for line in manifest.read_text().splitlines()))
    assert recorded_sums(mcio, ["M", "C"]) == {}
    assert train(mcio)[0]["img"].ndim == 3


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe", b"file,sha256\n" + b"x" * 200_000])
def test_a_broken_manifest_is_named_before_training(content, mcio, manifest):
    manifest.write_bytes(content)
    with pytest.raises(ValueError, match=f"'{manifest}'"):
        train(mcio)
    (found,) = [own for own in check_dataset(mcio, ["p1"]).findings if own.code == "manifest_unreadable"]
    assert str(manifest) in found.examples[0]
