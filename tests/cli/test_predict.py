# SPDX-License-Identifier: Apache-2.0
"""The command predict: table, JSON lines, CSV, pictures; the model takes the mean brightness of a crop for p_real."""

import csv
import io
import json
import os
import sys

import numpy as np
import pytest
from PIL import Image

from flip_mm.apis.processes import CLOSED
from flip_mm.cli import commands
from flip_mm.inference.model_card import Decision

CROPS = "Every picture is taken for a face crop (faces: given). Answers for whole pictures mean nothing."
FITTED = Decision(0.7, 0.4, origin="fitted on my \x1b[2Jdata")


@pytest.fixture
def world(tmp_path, monkeypatch, write_video):
    """Current folder with pictures, a video and a file in place of a model."""
    for name, value in [("a.png", 230), ("b.png", 20), ("=1+1.png", 230), ("\x1b[31mred.png", 130)]:
        Image.fromarray(np.full((64, 64, 3), value, np.uint8)).save(tmp_path / name)
    (tmp_path / "text.jpg").write_text("hello")
    write_video(tmp_path / "clip.mp4", np.full((40, 64, 64, 3), 230, np.uint8))
    (tmp_path / "tiny.safetensors").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def predict(world, make_detector, monkeypatch, capfd):
    """predict(*arguments): stdout of the command, which must succeed; predict.error has stderr."""

    def run(*arguments, decision=FITTED):
        make_detector(decision=decision)
        streams = sys.stdout, sys.stderr
        monkeypatch.setattr(sys, "argv", ["flip_mm", "predict", "tiny.safetensors", *arguments, "--ignore-quality"])
        capfd.readouterr()
        try:
            assert commands.main() == 0, capfd.readouterr().err
        finally:
            sys.stdout, sys.stderr = streams
        out, run.error = capfd.readouterr()
        return out

    return run


def test_the_table(predict):
    lines = predict("a.png", "b.png", "\x1b[31mred.png", "text.jpg").splitlines()
    assert lines[:3] == [
        r"Thresholds on p_real: live from 0.7, spoof below 0.4 (fitted on my \x1b[2Jdata)",
        CROPS,
        "verdict  p_real  source",
    ]
    assert lines[3:6] == [
        "live     0.9020  a.png  flat",
        "spoof    0.0784  b.png  flat, too_dark",
        r"unsure   0.5098  \x1b[31mred.png  review, flat",
    ]
    assert lines[6] == "unsure   -       text.jpg  unreadable"
    assert [line.split(":")[0] for line in lines[7:]] == ["flat", "too_dark", "review", "unreadable"]
    assert predict.error == ""


def test_without_a_threshold(predict):
    lines = predict("a.png", decision=None).splitlines()
    assert lines[2].startswith("unsure   0.9020  a.png  no_threshold")
    assert "run flip_mm calibrate" in lines[-1] + lines[-2]
    assert predict("a.png", "--threshold", "0.95").splitlines()[0].endswith("live from 0.95 (given on the command line)")
    assert predict("a.png", "--accept", "0.95", "--reject", "0.9").splitlines()[3].startswith("unsure")


def test_json_lines(predict):
    answers = [json.loads(line) for line in predict("a.png", "text.jpg", "clip.mp4", "--json").splitlines()]
    assert [answer["verdict"] for answer in answers] == ["live", "unsure", "live"]
    assert [answer["kind"] for answer in answers] == ["picture", "picture", "video"]
    assert answers[0]["p_real"] == 230 / 255
    assert answers[2]["frames"] == 40
    answers = [json.loads(line) for line in predict("clip.mp4", "--json", "--every-frame", "--stride", "10").splitlines()]
    assert [answer.get("frame") for answer in answers] == [0, 10, 20, 30, None]


def test_csv(predict):
    text = predict("=1+1.png", "\x1b[31mred.png", "text.jpg", "clip.mp4", "--csv")
    assert "\n'=1+1.png,picture,,live,answered,0.90" in text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["verdict"] for row in rows] == ["live", "unsure", "unsure", "live"]
    assert rows[1]["source"] == r"\x1b[31mred.png"
    assert rows[2]["codes"] == "unreadable"
    assert (rows[2]["p_real"], rows[2]["accept"]) == ("", "0.7")
    assert rows[3]["frames"] == rows[3]["answered_frames"] == "40"
    assert float(rows[3]["frames_per_second"]) > 0


def test_a_folder_and_a_pattern(predict):
    assert len(predict(".", "--csv").splitlines()) == 1 + 6
    assert len(predict("*.png", "--csv").splitlines()) == 1 + 4


def test_an_early_decision(predict):
    row = predict("a.png", "clip.mp4", "--early-error", "0.05").splitlines()[4]
    assert row.startswith("live     0.9")
    assert "of 40 frames in random order, error 0.05" in row


def test_saved_pictures(predict, world):
    predict("a.png", "text.jpg", "clip.mp4", "--stride", "20", "--save", "new/shown")
    shown = world / "new/shown"
    assert sorted(os.listdir(shown)) == ["a.png", "clip_frame000000.png", "clip_frame000020.png"]
    picture = np.array(Image.open(shown / "a.png"))
    np.testing.assert_array_equal(picture[:320, :320], 230)
    predict("a.png", "--save", ".")
    assert np.array(Image.open("a.png")).shape == (64, 64, 3)
    assert (world / "a_2.png").exists()


def test_a_closed_pipe_ends_the_command(world, make_detector, monkeypatch):
    make_detector(decision=FITTED)
    read, write = os.pipe()
    os.close(read)
    kept, streams = os.dup(1), (sys.stdout, sys.stderr)
    os.dup2(write, 1)
    try:
        with open(1, "w", closefd=False) as closed:
            monkeypatch.setattr(sys, "stdout", closed)
            monkeypatch.setattr(sys, "argv", ["flip_mm", "predict", "tiny.safetensors", "a.png", "b.png"])
            assert commands.main() == CLOSED
    finally:
        os.dup2(kept, 1)
        sys.stdout, sys.stderr = streams
        for number in (write, kept):
            os.close(number)
