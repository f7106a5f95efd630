# SPDX-License-Identifier: Apache-2.0
"""The doctor's command line: exit status, text, JSON, page."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from flip_mm.doctor import image_facts
from flip_mm.doctor.finding import KINDS

TOOL = "analysis_tools/check_dataset.py"
PAGE = Path(__file__).parents[2] / "docs/check_dataset.md"
NAME = "msu/test/real/real_client002_android_SD_scene01_frame1.png"


def test_a_drawn_set_passes(end_tool, shared_mcio, capsys, tmp_path):
    assert end_tool(TOOL, shared_mcio, "--protocol", "p1", "--workers", 1, "--json", tmp_path / "a.json") == 0
    text = capsys.readouterr().out
    assert "No problems were found." in text
    assert "Runs: 4 of 4 can run\n  p1       OCI->M (+ CelebA)       can run: 66 training images, 30 test images\n" in text
    assert re.search(r"\nM       real          6      5      1       12       4       8       6         3\n", text)
    assert max(map(len, text.splitlines())) <= 120
    told = json.loads((tmp_path / "a.json").read_text())
    assert (told["passed"], told["findings"], told["images"]["read"]) == (True, [], 156)


def test_a_damaged_set_fails_and_nothing_is_written_into_it(end_tool, mcio, capsys, tmp_path):
    (mcio / "frame" / NAME).write_bytes(b"")
    evil = "msu/test/real/<script>alert(1)</script>\x1b[2J.png"
    (mcio / "frame/msu/test/real/<script>alert(1)<").mkdir()
    shutil.copy(mcio / "frame" / NAME.replace("frame1", "frame0"), mcio / "frame" / evil)
    before = sorted(mcio.rglob("*"))
    page = tmp_path / "a.html"
    assert end_tool(TOOL, mcio, "--protocol", "p1", "--workers", 1, "--html", page) == 1
    assert sorted(mcio.rglob("*")) == before
    text = capsys.readouterr().out
    assert "Errors\n  M real: images cannot be read: 1. Training would stop there" in text
    assert f"      {NAME}: UnreadableError: it is empty\n" in text
    assert "cannot run because test images unreadable: 1 of 30" in text
    assert "<script>alert(1)</script>\\x1b[2J.png" in text
    assert "\x1b" not in text
    html = page.read_text()
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\x1b[2J.png" in html
    assert "This page shows faces." in html
    assert not re.search(r'(src|href)="(?!data:)', html)
    # At most 8 of each domain and class, of the least sharp, of the darkest, and 4 pairs.
    assert 50 < html.count("data:image/jpeg") <= 104
    assert html.count("data:image/png") == 5


def test_a_page_without_faces(end_tool, shared_mcio, tmp_path):
    options = ("--protocol", "p1", "--workers", 1, "--html", tmp_path / "a.html", "--no-thumbnails")
    assert end_tool(TOOL, shared_mcio, *options) == 0
    html = (tmp_path / "a.html").read_text()
    assert "data:image/jpeg" not in html
    assert "shows faces" not in html
    assert html.count("data:image/png") == 5


def test_the_authors_lists(end_tool, shared_mcio, tmp_path, capsys):
    theirs = shutil.copytree(shared_mcio / "txt", tmp_path / "lists/MCIO")
    lines = (theirs / "oulu_fake_test.txt").read_text().splitlines()
    (theirs / "oulu_fake_test.txt").write_text("\n".join([*lines[3:], "oulu/test/fake/6_3_55_5_frame0.png"]))
    (theirs / "celeb_real_train.txt").unlink()
    options = ("--no-images", "--lists", tmp_path / "lists", "--json", tmp_path / "a.json")
    assert end_tool(TOOL, shared_mcio, *options) == 0
    text = capsys.readouterr().out
    assert re.search(r"\noulu_fake_test.txt +10 +8 +3 +1\n", text)
    assert "only ours: " + lines[0] in text
    assert "only theirs: oulu/test/fake/6_3_55_5_frame0.png" in text
    told = json.loads((tmp_path / "a.json").read_text())
    assert {(own["code"], own["where"], own["count"]) for own in told["findings"]} == {
        ("lists_differ", "oulu_fake_test.txt", 4),
        ("lists_absent", "txt", 1),
    }
    assert len(told["lists"]) == 25


def test_images_are_not_read_without_need(end_tool, shared_mcio, monkeypatch, capsys):
    monkeypatch.setattr(image_facts, "inspect_image", None)
    assert end_tool(TOOL, shared_mcio, "--no-images") == 0
    assert "sharpness" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent"], "'absent' is no folder: a data root contains frame/"),
        (["."], "'.' has neither frame/ nor txt/"),
        (["root", "--protocol", "p9"], "--protocol: there is no p9; choose from p1, p2"),
        (["root", "--lists", "root/txt/none"], "--lists: 'root/txt/none' has none of the lists"),
    ],
)
def test_wrong_folders(arguments, message, end_tool, tmp_path, monkeypatch, capsys):
    (tmp_path / "root/txt").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert end_tool(TOOL, *arguments) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--workers", "0"], "argument --workers: must be in 1..256, got 0"),
        (["--html", "absent/a.html"], "argument --html: there is no folder '"),
        (["--json", "."], "argument --json: '.' is a folder"),
    ],
)
def test_wrong_options(arguments, message, end_tool, tmp_path, capsys):
    assert end_tool(TOOL, tmp_path, *arguments) == 2
    assert message in capsys.readouterr().err


def test_an_empty_root(end_tool, tmp_path, capsys):
    (tmp_path / "frame").mkdir()
    (tmp_path / "txt").mkdir()
    assert end_tool(TOOL, tmp_path, "--html", tmp_path / "a.html") == 1
    assert "Runs: none" in capsys.readouterr().out
    assert "No protocol has the lists" in (tmp_path / "a.html").read_text()


def test_without_the_extra(end_tool, shared_mcio, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "imagehash", None)
    assert end_tool(TOOL, shared_mcio) == 2
    assert 'pip install "flip_mm[prepare]"' in capsys.readouterr().err


def test_the_docs_name_every_finding():
    rows = re.findall(r"^\| `(\w+)` \| (error|warning|note) \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted((code, kind.severity, kind.title) for code, kind in KINDS.items())
