# SPDX-License-Identifier: Apache-2.0
"""Damage to lists: every kind is found with the right count, and stops the runs that read the list."""

import shutil

import pytest

from flip_mm.datasets import FASDataset, register_domain

NAME = "msu/train/real/real_client001_laptop_SD_scene01_frame0.png"
ATTACK = "msu/train/fake/attack_client001_laptop_SD_ipad_video_scene01_frame0.png"


@pytest.fixture
def mcio(shared_mcio, tmp_path):
    """A data root whose lists may be damaged, its images being those of the shared one."""
    shutil.copytree(shared_mcio / "txt", tmp_path / "MCIO/txt")
    shutil.copy(shared_mcio / "synthetic.json", tmp_path / "MCIO")
    (tmp_path / "MCIO/frame").symlink_to(shared_mcio / "frame")
    return tmp_path / "MCIO"


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("line_outside", ["../../x.png", "/etc/passwd", "msu/train/../../../x.png", "C:\\images\\x.png", "..\\..\\x.png"]),
        ("line_backslash", [NAME.replace("/", "\\")]),
        ("line_label", [NAME + " 1", NAME + ",1", NAME + "\t0", NAME + ", real", "1 " + NAME, f"{NAME};spoof", f'"{NAME}" 1']),
        ("line_domain", ["casia/train/real/1_1_frame0.png", "oulu/train/real/1_1_01_1_frame0.png"]),
        ("line_polarity", [ATTACK.replace("fake", "real"), NAME.replace("/real/", "/fake/")]),
        ("line_class", [ATTACK]),
        ("line_frame", [NAME.replace("frame0", "frame1"), NAME.replace("frame0", "frame12")]),
        ("line_name", ["hello", "msu/train/real/x.png", NAME[:-3] + "jpg", "msu/tr\x01in/real/\u202ex.png", "<script>"]),
    ],
)
def test_lines_that_stop_a_run(code, lines, found, check, mcio, edit):
    edit(mcio, "msu_real_train", lambda old: old + lines + lines[:1])
    report = check(mcio, images=False)
    assert found(report) == {(code, "msu_real_train.txt"): len(lines), ("line_repeated", "msu_real_train.txt"): 1}
    assert report.findings[0].examples == tuple(lines)
    counts = {(own.domain, own.name): own.lines["train"] for own in report.counts}
    assert counts["M", "real"] == 6
    with pytest.raises(ValueError, match=r"msu_real_train.*has a label" if code == "line_label" else "msu_real_train"):
        FASDataset(dict(protocol="p1", target="C"), "train", str(mcio), [])
    # The target's training list is not read.
    assert [bool(own.reasons) for own in report.verdicts] == [False, True, True, True]
    assert report.verdicts[1].reasons == [f"msu_real_train.txt: {report.findings[0].kind.title}: {len(lines)}"]


def test_several_kinds_in_one_list(found, mcio, edit):
    edit(mcio, "msu_real_train", lambda old: [*old, "../x", "y", "z", ATTACK])
    expected = dict(line_outside=1, line_name=2, line_class=1)
    assert found(mcio, images=False) == {(code, "msu_real_train.txt"): count for code, count in expected.items()}


def test_exchanged_lists(found, check, mcio):
    real, fake = (mcio / f"txt/oulu_{name}_test.txt" for name in ("real", "fake"))
    swapped = fake.read_text()
    fake.write_text(real.read_text())
    real.write_text(swapped)
    report = check(mcio, images=False)
    assert found(report) == {("line_class", "oulu_real_test.txt"): 10, ("line_class", "oulu_fake_test.txt"): 5}
    assert [bool(own.reasons) for own in report.verdicts] == [False, False, False, True]


def test_lines_that_differ_in_case_or_repeat(found, mcio, edit):
    edit(mcio, "casia_real_train", lambda old: [*old, *old[:2], old[0].replace("casia", "CASIA")])
    result = found(mcio, images=False)
    where = "casia_real_train.txt"
    assert result == {("line_name", where): 1, ("line_case", where): 1, ("line_repeated", where): 2}


def test_lines_that_differ_in_nothing_that_is_seen(found, mcio, edit, registrations):
    register_domain("MINE", "mine")
    name = "mine/train/real/anna/bonafide/caf{}_frame0.png"
    (mcio / "txt/mine_real_train.txt").write_text("\n".join(name.format(end) for end in ("\u00e9", "e\u0301", "E\u0301", "x")))
    result = found(mcio, images=False)
    assert (result["line_alike", "mine_real_train.txt"], result["line_case", "mine_real_train.txt"]) == (1, 1)


def test_published_names_of_celeba_are_no_finding(found, check, mcio, edit):
    # Nothing but that there is no such image.
    edit(mcio, "celeb_fake_train", lambda lines: [*lines, "celeb/fake/1_live_000009.jpg"])
    assert found(mcio, images=False) == {("image_missing", "celeb_fake_train.txt"): 1}
    edit(mcio, "celeb_real_train", lambda lines: [*lines, "celeb/real/1_spoof_000009.jpg"])
    assert found(mcio, images=False)["line_polarity", "celeb_real_train.txt"] == 1
    assert not any(own.reasons == [] for own in check(mcio, images=False).verdicts)


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "it is empty"), (b"\n \n", "it is empty"), (b"msu/\xff\n", "it is not UTF-8 text")]
)
def test_lists_that_cannot_be_read(content, reason, found, check, mcio):
    (mcio / "txt/msu_fake_test.txt").write_bytes(content)
    report = check(mcio, images=False)
    assert found(report)["list_unreadable", "msu_fake_test.txt"] == 1
    assert report.findings[0].examples[0].startswith(f"msu_fake_test.txt: {reason}")
    assert [bool(own.reasons) for own in report.verdicts] == [True, False, False, False]


def test_a_folder_in_the_place_of_a_list(found, mcio):
    (mcio / "txt/msu_fake_shot.txt").unlink()
    (mcio / "txt/msu_fake_shot.txt").mkdir()
    assert found(mcio, images=False)["list_unreadable", "msu_fake_shot.txt"] == 1


def test_bad_shots_do_not_stop_a_run(check, mcio, edit):
    edit(mcio, "msu_real_shot", lambda old: [*old, "x"])
    report = check(mcio, images=False)
    assert [(own.code, own.severity) for own in report.findings] == [("line_name", "warning")]
    assert report.passed


def test_shots_that_are_tested(found, mcio, edit):
    tested = (mcio / "txt/msu_fake_test.txt").read_text().splitlines()[:3]
    edit(mcio, "msu_fake_shot", lambda old: [*old, *tested])
    assert found(mcio, images=False) == {("shot_tested", "msu_fake_shot.txt"): 3}


def test_byte_order_mark_and_windows_line_ends(found, mcio):
    path = mcio / "txt/msu_real_train.txt"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert found(mcio, images=False) == {}


def test_files_that_are_no_lists(found, mcio):
    (mcio / "txt/oulu_real_train.txt.bak").write_text("x")
    assert found(mcio, images=False) == {("list_unknown", "txt"): 1}


def test_a_huge_list(check, mcio, edit):
    many = [f"oulu/train/real/{i}_frame0.png" for i in range(20_000)]
    edit(mcio, "oulu_real_train", lambda old: old + many)
    (finding,) = check(mcio, images=False).findings
    assert (finding.count, len(finding.examples)) == (20_000, 100)


def test_a_part_of_a_data_set_is_not_called_complete(check, found, mcio):
    (mcio / "synthetic.json").unlink()
    assert found(mcio, images=False) == {("list_short", "txt"): 18}
    examples = check(mcio, images=False).findings[0].examples
    assert "msu_real_train.txt: 6 of 70" in examples
    assert "oulu_fake_test.txt: 10 of 2870" in examples
    assert "celeb_fake_train.txt: 6 of 40000" in examples


def test_an_image_that_the_authors_give_the_other_class(found, mcio, tmp_path):
    theirs = shutil.copytree(mcio / "txt", tmp_path / "theirs")
    line = (theirs / "celeb_real_train.txt").read_text().split()[0]
    swapped = line.replace("/real/", "/fake/")
    real, fake = (theirs / f"celeb_{name}_train.txt" for name in ("real", "fake"))
    real.write_text(real.read_text().replace(f"{line}\n", ""))
    fake.write_text(f"{swapped}\n{fake.read_text()}")
    result = found(mcio, images=False, official=theirs)
    assert result["lists_class", "txt"] == 1
    assert result["lists_differ", "celeb_real_train.txt"] == 1
