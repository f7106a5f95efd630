# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest


@pytest.fixture
def make(end_tool, tmp_path):
    out = tmp_path / "set"

    def run(*arguments):
        return end_tool("dataset_converters/make_synthetic.py", "--out", out, "--size", 32, "--workers", 1, *arguments)

    return run, out


def test_draws_keeps_and_replaces(make, capsys):
    run, out = make
    assert run("--videos", 5, "--layout", "MCIO") == 0
    image = next(out.glob("frame/msu/*/real/*.png"))
    first = image.read_bytes()
    assert "130 images in" in capsys.readouterr().out
    image.write_bytes(b"")
    assert run("--videos", 5) == 0
    assert "already contains this synthetic set" in capsys.readouterr().out
    assert image.read_bytes() == b""
    assert run("--videos", 5, "--seed", 1) == 2
    assert "other settings: use --overwrite to replace it" in capsys.readouterr().err
    assert run("--videos", 5, "--overwrite") == 0
    assert image.read_bytes() == first


def test_depth_maps_change_no_other_file(make, capsys):
    run, out = make
    run("--videos", 5)
    before = {path.relative_to(out): path.read_bytes() for path in out.rglob("*.*") if path.is_file()}
    assert run("--videos", 5, "--depth") == 2
    assert run("--videos", 5, "--depth", "--overwrite") == 0
    assert "130 images and 45 depth maps in" in capsys.readouterr().out
    after = {path.relative_to(out): path.read_bytes() for path in out.rglob("*.*") if path.is_file()}
    new = {path for path in after if path.parts[0] == "depth"}
    frames = {path for path in before if path.parts[0] == "frame"}
    assert {path for path in after if after[path] != before.get(path)} == {*new, Path("synthetic.json")}
    assert new == {Path("depth", *path.parts[1:]).with_suffix(".png") for path in frames if path.parent.name == "real"}
    # A set with depth maps contains the one without.
    assert run("--videos", 5) == 0
    assert "already contains" in capsys.readouterr().out
    assert run("--videos", 5, "--seed", 1, "--overwrite") == 0
    assert not (out / "depth").exists()


def test_captions_have_no_depth(make, capsys):
    assert make[0]("--captions", 100, "--depth") == 2
    assert "argument --depth: --captions writes no depth maps" in capsys.readouterr().err


def test_the_layouts_do_not_replace_each_other(make, capsys):
    run, out = make
    assert run("--videos", 5, "--layout", "WCS") == 0
    assert "385 images in" in capsys.readouterr().out
    assert {path.name for path in (out / "frame").iterdir()} == {"wmca", "cefa", "surf", "celeb"}
    assert run("--videos", 5, "--layout", "WCS") == 0
    assert run("--videos", 5) == 2
    assert "other settings: use --overwrite to replace it" in capsys.readouterr().err
    (out / "frame/cefa/mine.jpg").write_text("mine")
    assert run("--videos", 5, "--layout", "WCS", "--overwrite") == 2
    assert "do not belong to the synthetic set (frame/cefa/mine.jpg)" in capsys.readouterr().err


def test_an_interrupted_set_is_drawn_again(make):
    run, out = make
    run("--videos", 5)
    (out / "synthetic.json").rename(out / "synthetic.json.part")
    next(out.glob("frame/msu/*/real/*.png")).unlink()
    assert run("--videos", 5) == 0
    assert sum(1 for p in out.glob("frame/**/*.*")) == 130


def test_a_folder_with_other_files_is_left_alone(make, capsys):
    run, out = make
    out.mkdir()
    (out / "thesis.tex").write_text("years of work")
    assert run("--overwrite") == 2
    assert "is not empty: choose another --out" in capsys.readouterr().err
    assert (out / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize("interrupted", [True, False])
def test_files_of_others_beside_a_set_are_never_deleted(make, capsys, interrupted):
    run, out = make
    run("--videos", 5)
    if interrupted:
        (out / "synthetic.json").rename(out / "synthetic.json.part")
    (out / "frame/oulu/licensed.png").write_text("mine")
    assert run("--videos", 5, "--overwrite") == 2
    assert "do not belong to the synthetic set (frame/oulu/licensed.png)" in capsys.readouterr().err
    assert (out / "frame/oulu/licensed.png").read_text() == "mine"


def test_a_file_a_link_and_a_damaged_marker(make, capsys, tmp_path):
    run, out = make
    out.write_text("a file")
    assert run() == 2
    out.unlink()
    out.symlink_to(tmp_path)
    assert run() == 2
    out.unlink()
    assert capsys.readouterr().err.count("is a link or a file: choose another --out") == 2
    out.mkdir()
    unknown = '{"version": 1, "layout": "XYZ", "videos": 5, "size": 32, "seed": 0}'
    for damaged in ("{", "[]", '{"videos": 5}', unknown):
        (out / "synthetic.json").write_text(damaged)
        assert run("--overwrite") == 2
        assert "is not empty" in capsys.readouterr().err


@pytest.mark.parametrize("bad", [("--videos", 0), ("--videos", 191), ("--size", 8), ("--seed", -1), ("--workers", 0)])
def test_values_out_of_range(make, capsys, bad):
    assert make[0](*bad) == 2
    assert f"argument {bad[0]}: must be " in capsys.readouterr().err


def test_wcs_has_names_for_fewer_videos(make, capsys):
    assert make[0]("--layout", "WCS", "--videos", 100) == 2
    assert "--videos: must be in 5..99 for WCS" in capsys.readouterr().err
