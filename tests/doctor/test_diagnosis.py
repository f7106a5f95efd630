# SPDX-License-Identifier: Apache-2.0
import json
from itertools import islice

import pytest

from flip_mm.datasets.protocols import LAYOUTS
from flip_mm.doctor.text_report import format_text


@pytest.mark.parametrize("layout", ["MCIO", "WCS"])
def test_nothing_is_wrong_with_a_drawn_set(layout, check, shared_mcio, shared_wcs):
    report = check({"MCIO": shared_mcio, "WCS": shared_wcs}[layout], protocols=())
    assert report.findings == []
    assert report.passed
    protocols = {"MCIO": dict(p1=4, p3=12, intra=4, limited=2, celeba=4), "WCS": dict(p2=3, intra=2, celeba=3)}[layout]
    runs = [own.run.protocol for own in report.verdicts]
    assert {name: runs.count(name) for name in runs} == protocols
    assert {own.domain for own in report.counts} == {*LAYOUTS[layout]}


def test_counts(check, shared_mcio):
    counts = {(own.domain, own.name): own for own in check(shared_mcio, images=False).counts}
    spoof = counts["M", "spoof"]
    assert spoof.lines == dict(train=12, test=10, shot=2)
    assert (spoof.images, spoof.split, spoof.videos, spoof.listed_videos) == (24, dict(train=8, test=16), 12, 12)
    assert spoof.subjects == 3
    assert spoof.attack_types == dict(ipad_video=4, iphone_video=4, printed_photo=4)
    celeb = counts["CelebA", "real"]
    assert (celeb.lines, celeb.split, celeb.attack_types) == (dict(train=6, test=0, shot=0), {}, dict(bonafide=6))


def test_training_and_test_samples(check, shared_mcio):
    verdicts = check(shared_mcio, images=False).verdicts
    # Three sources with 6 + 12 videos and CelebA's 12 images; the target's 5 + 10 videos with two frames.
    assert [(v.title, v.trained, v.tested, v.reasons) for v in verdicts] == [
        (title, 66, 30, []) for title in ("p1 OCI->M", "p1 OMI->C", "p1 OCM->I", "p1 ICM->O")
    ]


def test_runs_without_lists_are_left_out_unless_requested(check, mcio):
    for path in mcio.glob("txt/oulu_*"):
        path.unlink()
    report = check(mcio, protocols=(), images=False)
    assert report.passed
    assert not any("O" in (*own.run.sources, own.run.target) for own in report.verdicts)
    # O's images are there, so its lists ought to be.
    assert {(f.code, f.severity, f.count) for f in report.findings if f.where == "txt"} == {
        ("list_missing", "warning", 4),
        ("shot_missing", "note", 2),
    }
    report = check(mcio, images=False)
    assert not report.passed
    reasons = [own.reasons for own in report.verdicts]
    trains, tests = (["oulu_real_train.txt is missing", "oulu_fake_train.txt is missing"] for _ in range(2))
    assert reasons == [trains, tests, trains, ["oulu_real_test.txt is missing", "oulu_fake_test.txt is missing"]]
    assert ("list_missing", "error", 4) in {(f.code, f.severity, f.count) for f in report.findings}


def test_runs_of_intra_are_those_of_targets_with_lists(check, shared_mcio, shared_wcs):
    runs = {
        root: [own.run.target for own in check(root, ("intra",), images=False).verdicts] for root in (shared_mcio, shared_wcs)
    }
    assert runs == {shared_mcio: ["M", "C", "I", "O"], shared_wcs: ["CeFA", "S"]}
    assert [own.reasons == [] for own in check(shared_wcs, images=False).verdicts] == [False] * 4
    report = check(shared_wcs, ("intra",), images=False)
    assert {"intra M->M", "intra SiW->SiW"} <= {*report.skipped}
    assert "not checked, because the target has no lists: intra M->M, intra C->C" in format_text(report)
    assert report.to_dict()["skipped_runs"] == report.skipped


def test_without_the_auxiliary_domain(check, mcio):
    for path in mcio.glob("txt/celeb_*"):
        path.unlink()
    report = check(mcio, images=False)
    assert [own.reasons[0] for own in report.verdicts] == ["celeb_real_train.txt is missing (not needed with --no-aux)"] * 4
    assert check(mcio, images=False, aux=False).passed


@pytest.mark.parametrize("empty", [False, True])
def test_folders_that_are_no_data_root(check, tmp_path, empty):
    with pytest.raises(
        ValueError, match="is no folder: a data root contains frame/" if not empty else "has neither frame/ nor"
    ):
        check(tmp_path if empty else tmp_path / "absent")


def test_a_root_without_images_or_lists(check, mcio, tmp_path):
    (tmp_path / "lists").mkdir()
    (mcio / "txt").rename(tmp_path / "lists/txt")
    assert not check(mcio, protocols=(), images=False).passed
    report = check(tmp_path / "lists")
    assert not report.passed
    assert report.verdicts[0].reasons == ["training images missing: 66 of 66", "test images missing: 30 of 30"]


def test_the_json_is_complete(check, mcio):
    (mcio / "frame/msu/test/real/real_client002_android_SD_scene01_frame1.png").unlink()
    told = check(mcio, images=False).to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["version"] == 1
    assert told["totals"] == dict(error=1, warning=0, note=0)
    (finding,) = told["findings"]
    assert list(islice(finding.items(), 4)) == [
        ("code", "image_missing"),
        ("severity", "error"),
        ("where", "msu_real_test.txt"),
        ("count", 1),
    ]
    assert finding["examples"] == ["msu/test/real/real_client002_android_SD_scene01_frame1.png"]
    assert [run["can_run"] for run in told["runs"]] == [False, True, True, True]
    assert told["runs"][0]["reasons"] == ["test images missing: 1 of 30"]
