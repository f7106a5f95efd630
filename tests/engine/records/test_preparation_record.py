# SPDX-License-Identifier: Apache-2.0
import pytest

from flip_mm.datasets.data_roots import parse_roots
from flip_mm.datasets.recorded_sums import manifest_path
from flip_mm.engine.records.preparation_record import preparation_record
from flip_mm.preparation.manifest import ManifestRow, manifest_text


def row(detector, margin):
    return ManifestRow(*[""] * len(ManifestRow._fields))._replace(file="a.png", detector=detector, margin=margin)


def test_detectors_and_margins_are_counted(tmp_path):
    path = manifest_path(tmp_path, "M")
    path.parent.mkdir(parents=True)
    path.write_text(manifest_text([row("mtcnn", "0.1"), row("mtcnn", "0.1"), row("annotations", "0")]))
    faces = dict(detectors=dict(annotations=1, mtcnn=2), margins={"0": 1, "0.1": 2})
    assert preparation_record(tmp_path, "M") == dict(synthetic=False, faces=faces)
    path.write_text("no manifest\n")
    assert preparation_record(tmp_path, "M") == dict(synthetic=False)


@pytest.mark.parametrize(("domain", "expected"), [("O", dict(synthetic=True)), ("all", {}), ("mine", {})])
def test_without_a_manifest(domain, expected, tmp_path):
    (tmp_path / "synthetic.json").write_text("{}")
    assert preparation_record(tmp_path, domain) == expected


def test_each_domain_is_described_by_its_own_data_root(tmp_path):
    """Two roots, of which one is synthetic: its domains must not look like recorded ones."""
    for name, list_file in (("a", "oulu_real_test.txt"), ("b", "surf_real_test.txt")):
        (tmp_path / name / "txt").mkdir(parents=True)
        (tmp_path / name / "txt" / list_file).write_text("")
    (tmp_path / "a/synthetic.json").write_text("{}")
    roots = parse_roots(f"a={tmp_path / 'a'},b={tmp_path / 'b'}")
    assert [preparation_record(roots, domain) for domain in ("O", "S")] == [dict(synthetic=True), dict(synthetic=False)]
