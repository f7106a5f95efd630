# SPDX-License-Identifier: Apache-2.0
"""The command explain."""

from functools import partial

import cv2
import numpy as np
import pytest

from flip_mm.explain.output_folder import OutputNames, check_folder

pytest.importorskip("skimage")


@pytest.fixture
def explain(run_command, monkeypatch, make_detector, tmp_path):
    """explain(*arguments): exit code, stdout, stderr of a model of which the score is the brightness."""
    make_detector()
    (tmp_path / "tiny.safetensors").touch()
    monkeypatch.chdir(tmp_path)
    return partial(run_command, "explain", "tiny.safetensors")


@pytest.fixture
def pictures(tmp_path):
    # Squares of 4 px: noise of single pixels is not checked.
    noise = np.random.default_rng(0).integers(-60, 60, (16, 16, 1)).repeat(4, 0).repeat(4, 1)
    for name, level in {"real/a.png": 80, "real/b.png": 180, "spoof/a.png": 190, "spoof/c.png": 75}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / name), np.repeat(level + noise, 3, 2).astype(np.uint8))
    (tmp_path / "broken.png").write_bytes(b"nothing")
    return tmp_path


def test_one_picture(explain, pictures):
    code, out, err = explain("real/a.png", "--threshold", "0.5")
    assert (code, err) == (0, "")
    assert "real/a.png: spoof, p_real 0.32" in out
    assert [path.name for path in (pictures / "explained").iterdir()] == ["a_explained.png"]


def test_pages_of_several_pictures_with_one_that_is_broken(explain, pictures):
    pytest.importorskip("jinja2")
    code, out, _ = explain("real", "spoof/a.png", "broken.png", "--html", "--out", "pages")
    assert code == 0
    names = ["a_2_explained.html", "a_explained.html", "b_explained.html", "broken_explained.html"]
    assert sorted(path.name for path in (pictures / "pages").iterdir()) == names
    assert "NOT CHECKED" in (pictures / "pages/broken_explained.html").read_text()
    assert "broken.png: unsure, not checked: It cannot be read" in out


def test_a_gallery(explain, pictures):
    pytest.importorskip("jinja2")
    code, out, _ = explain(pictures, "--gallery", "--threshold", "0.5")
    assert code == 0
    assert out.startswith("1 of 2 real faces were taken for spoof, 1 of 2 attacks for live;")
    assert (pictures / "explained/gallery.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["broken.png"], "'broken.png' was not checked. It cannot be read: cannot identify image file"),
        (["real/a.png", "--maps", "gradients"], "The model 'tiny' has no maps by gradients: this model file has no gradients"),
        (["real/a.png", "--out", "broken.png"], "broken.png' is no folder: choose another output folder."),
        (["real/a.png", "--out", "broken.png/deep/folder"], "broken.png' is no folder: choose another output folder."),
        (["absent.png"], "'absent.png': there is no such file."),
        (["0"], "'0': there is no such file."),
        (["real/*.jpg"], "'real/*.jpg': no file matches this pattern."),
        (["film.mp4"], "'film.mp4' is a video: save the frame in question as a picture, and give that."),
        (["real", "--gallery"], "'real' has no folder real/ and no spoof/"),
        (["real", "spoof", "--gallery"], "argument --gallery: give one folder with real/ and spoof/, or one score file"),
        (["real", "--data-root", "."], "argument --data-root: only with --gallery"),
    ],
)
def test_refusals_are_one_line_and_write_nothing(explain, pictures, arguments, message):
    (pictures / "film.mp4").touch()
    code, out, err = explain(*arguments)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert message in line
    assert not (pictures / "explained").exists()


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(PermissionError, match="nothing can be written into"):
        check_folder(tmp_path / "new")


def test_names_of_files_stay_inside_of_the_folder(tmp_path):
    name = OutputNames(tmp_path, ".png")
    for source in ("../../x.png", "..", "/etc/passwd", "a b\x1b/c d.jpg", "", ".hidden", "x" * 300):
        path = name(source)
        assert path.parent == tmp_path
        assert path.name.isprintable()
        assert not path.name.startswith(".")
        assert len(path.name) < 120
