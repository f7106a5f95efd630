# SPDX-License-Identifier: Apache-2.0
"""Galleries of mistakes."""

import re
from collections import Counter

import cv2
import numpy as np
import pytest

from flip_mm.evaluation.score_file import write_scores
from flip_mm.evaluation.score_table import ScoreTable
from flip_mm.explain.gallery import find_mistakes, write_gallery
from flip_mm.explain.gallery_samples import Sample, folder_samples, scored_samples
from flip_mm.inference.model_card import Decision

pytest.importorskip("jinja2")
HALF = Decision(0.5, 0.5, "fixed", "given on the command line")


def sample(is_real, p_real):
    return Sample(f"{is_real}{p_real}", "real" if is_real else "print", is_real, p_real, lambda: None)


def noisy(path, level):
    """A sharp picture of a mean brightness."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Squares of 4 px: noise of single pixels is not checked.
    squares = 45 * np.sign(np.random.default_rng(0).permutation(np.linspace(-1, 1, 16 * 16)))
    spread = squares.reshape(16, 16, 1).repeat(4, 0).repeat(4, 1)
    cv2.imwrite(str(path), np.repeat(level + spread, 3, 2).astype(np.uint8))


def test_mistakes_are_sorted_by_confidence():
    samples = [sample(True, p) for p in (0.2, 0.9, 0.1, 0.3, 0.5, None)]
    samples += [sample(False, p) for p in (0.2, 0.6, 0.99, 0.45, None)]
    found = find_mistakes(samples, Decision(0.6, 0.3))
    assert [own.p_real for own in found.rejected] == [0.1, 0.2]
    assert [own.p_real for own in found.accepted] == [0.99, 0.6]
    assert (found.unsure, found.are_mistakes) == (3, True)
    found = find_mistakes(samples, None)
    assert [own.p_real for own in found.rejected] == [0.1, 0.2, 0.3, 0.5, 0.9]
    assert [own.p_real for own in found.accepted] == [0.99, 0.6, 0.45, 0.2]
    assert (found.unsure, found.are_mistakes) == (0, False)


@pytest.fixture
def camera(tmp_path):
    """A folder of pictures of which the score is the brightness."""
    levels = {"real/dark.png": 70, "real/light.png": 180, "spoof/print/white.png": 200, "spoof/mask/dim.png": 80}
    for name, level in levels.items():
        noisy(tmp_path / "camera" / name, level)
    (tmp_path / "camera/real/broken.png").write_bytes(b"no picture")
    return tmp_path / "camera"


def page_of(path):
    text = path.read_text(encoding="utf-8")
    return text, " ".join(re.sub("<[^>]+>", " ", text).split())


def test_a_gallery_of_a_folder(make_detector, camera, tmp_path):
    detector = make_detector(decision=HALF)
    samples = folder_samples(detector, camera)
    assert Counter(own.kind for own in samples) == {"real": 3, "print": 1, "mask": 1}
    line = write_gallery(detector, samples, tmp_path / "gallery.html")
    assert line == (
        "1 of 2 real faces were taken for spoof, 1 of 2 attacks for live; 0 of all are between the thresholds. "
        "1 were not checked."
    )
    page, text = page_of(tmp_path / "gallery.html")
    assert page.count('src="data:image/jpeg;base64,') == 2
    for part in (
        "Live from p_real 0.5, spoof below. Threshold: fixed, given on the command line.",
        "Real faces taken for spoof: 1 p_real 0.27, real real/dark.png",
        "Attacks taken for live: 1 p_real 0.78, print spoof/print/white.png. Most similar: a real face",
        "Not checked: 1",
        "real/broken.png It cannot be read",
    ):
        assert part in re.sub(r"(p_real 0\.\d\d)\d", r"\1", text)


def test_only_the_first_mistakes_are_shown(make_detector, camera, tmp_path):
    for number in range(5):
        noisy(camera / f"real/{number}.png", 71 + number)
    detector = make_detector(decision=HALF)
    write_gallery(detector, folder_samples(detector, camera), tmp_path / "gallery.html", most=2)
    page, text = page_of(tmp_path / "gallery.html")
    assert page.count('src="data:image/jpeg;base64,') == 3
    assert "Real faces taken for spoof: 6, the first 2" in text


def test_without_a_threshold_nothing_is_a_mistake(make_detector, camera, tmp_path):
    detector = make_detector()
    line = write_gallery(detector, folder_samples(detector, camera), tmp_path / "gallery.html")
    assert line == "2 real faces, 2 attacks. No threshold is known, so nothing is a mistake. 1 were not checked."
    assert "Real faces with the lowest scores: 2" in page_of(tmp_path / "gallery.html")[1]


def write_csv(path, rows):
    names, kinds, scores = zip(*rows, strict=True)
    label = np.array([kind == "bonafide" for kind in kinds], np.int64)
    write_scores(ScoreTable(names, names, [""] * len(rows), ["O"] * len(rows), kinds, label, np.array(scores)), path)


def test_a_gallery_of_a_score_file(make_detector, tmp_path):
    noisy(tmp_path / "root/frame/oulu/a.png", 64)
    noisy(tmp_path / "root/frame/oulu/b.png", 190)
    noisy(tmp_path / "secret.png", 190)
    rows = [("oulu/a.png", "bonafide", 0.25), ("/other/place/frame/oulu/b.png", "print", 0.95), ("absent.png", "print", 0.9)]
    write_csv(tmp_path / "scores.csv", [*rows, ("../../secret.png", "print", 0.99)])
    detector = make_detector(decision=HALF)
    samples = scored_samples(tmp_path / "scores.csv", tmp_path / "root")
    # Thresholds of a calibrated model file are meant for scores at its temperature.
    warm = scored_samples(tmp_path / "scores.csv", tmp_path / "root", temperature=2.0)
    assert [own.p_real for own in warm[:2]] == pytest.approx([1 / (1 + 3**0.5), 1 / (1 + 19**-0.5)])
    write_gallery(detector, samples, tmp_path / "gallery.html")
    page, text = page_of(tmp_path / "gallery.html")
    assert page.count('src="data:image/jpeg;base64,') == 2
    assert "p_real 0.250, real oulu/a.png. Most similar: a printed face" in text
    assert "place/frame/oulu/b.png: this model gives it p_real 0.7" in text
    assert "absent.png: no picture, the file is not in the data root" in text
    assert "../../secret.png: no picture, its path is outside of the data root" in text
    assert str(tmp_path) not in page
