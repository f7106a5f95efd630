# SPDX-License-Identifier: Apache-2.0
"""flip_mm calibrate, from a score file to a model file."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flip_mm.cli import commands
from flip_mm.evaluation import ScoreTable, write_scores
from flip_mm.inference.model_card import InputSpec, ModelCard
from flip_mm.inference.model_file import read_card, weights_hash, write_safetensors


@pytest.fixture
def scene(tmp_path, monkeypatch):
    """A model file and a score file of 100 real and 100 attack videos of two cameras, in the current folder."""
    monkeypatch.chdir(tmp_path)
    card = ModelCard("tiny", dict(network="none"), (InputSpec((8, 8), (0.0,) * 3, (255.0,) * 3),))
    card = write_safetensors("m.safetensors", card, dict(a=np.ones(4, np.float32)))
    rng = np.random.default_rng(0)
    rows = []
    for i in range(200):
        score = 1 / (1 + np.exp(-rng.normal(4 * (i % 2 - 0.5))))
        rows.append((f"{i}.png", f"v{i}", "", f"cam{i // 2 % 2}", ("print", "bonafide")[i % 2], i % 2, float(score)))
    write_scores(ScoreTable.from_frames(rows), "s.csv")
    return tmp_path, card


def run(*arguments):
    return commands.run("calibrate", [str(word) for word in arguments])


def test_a_new_file(scene, capsys, drawn_plots):
    folder, card = scene
    before = (folder / "m.safetensors").read_bytes()
    assert (
        run("m.safetensors", "s.csv", "--rule", "apcer=0.05", "--review", 0.1, "--out", "n.safetensors", "--plot", "r.png") == 0
    )
    assert (folder / "m.safetensors").read_bytes() == before
    found = read_card("n.safetensors")
    assert replace(found, decision=None, calibration=None) == card
    assert weights_hash("n.safetensors") == card.sha256
    decision = found.decision
    assert decision.reject <= decision.accept
    assert decision.data["sha256"] == hashlib.sha256((folder / "s.csv").read_bytes()).hexdigest()
    assert decision.data["name"] == "s.csv"
    assert decision.rates["apcer"]["print"]["errors"] == 5
    assert found.calibration.errors["before"]["domains"].keys() == {"cam0", "cam1"}
    out = capsys.readouterr().out
    assert f"live from   {decision.accept:.6g} by apcer=0.05" in out
    assert f"spoof below {decision.reject:.6g} (" in out
    assert "  ECE of cam1, %:" in out
    assert "APCER, print accepted" in out
    assert "5.00    2.15 .. 11.18  5 of 100" in out
    assert "The scores do not say which model they are of" in out
    with Image.open("r.png") as plot:
        assert plot.size[0] > 100


def test_an_evaluation_at_the_threshold_of_the_file(scene, capsys):
    assert run("m.safetensors", "s.csv", "--rule", "apcer=0.05", "--in-place") == 0
    decision = read_card("m.safetensors").decision
    capsys.readouterr()
    assert commands.run("evaluate", ["s.csv", "--model", "m.safetensors", "--json", "e.json"]) == 0
    assert "Warning: The scores do not say which model they are of" in capsys.readouterr().out
    (found,) = json.loads(Path("e.json").read_text())
    assert found["figures"]["threshold"] == decision.accept
    assert found["threshold_rule"].startswith("fixed (")
    # The counts that the calibration stored: the temperature was applied.
    assert found["APCER"]["print"]["errors"] == decision.rates["apcer"]["print"]["errors"] == 5
    assert found["BPCER"]["errors"] == decision.rates["bpcer"]["errors"]


def test_an_evaluation_needs_a_threshold_in_the_file(scene, capsys):
    assert commands.run("evaluate", ["s.csv", "--model", "m.safetensors"]) == 2
    assert "The model file 'm.safetensors' has no threshold: fit one with flip_mm calibrate." in capsys.readouterr().err


def test_in_place_and_again(scene, capsys):
    assert run("m.safetensors", "s.csv", "--rule", "eer", "--in-place") == 0
    first = read_card("m.safetensors")
    assert first.decision.accept == first.decision.reject
    # A second calibration replaces the first.
    assert run("m.safetensors", "s.csv", "--rule", "bpcer=0.05", "--in-place") == 0
    second = read_card("m.safetensors")
    assert second.calibration == first.calibration
    assert second.decision.rule == "bpcer=0.05"
    assert "Written: m.safetensors" in capsys.readouterr().out


def test_nothing_is_written_when_too_few(scene, capsys):
    folder, _ = scene
    before = (folder / "m.safetensors").read_bytes()
    assert run("m.safetensors", "s.csv", "--rule", "apcer=0.01", "--in-place") == 2
    assert (folder / "m.safetensors").read_bytes() == before
    assert (
        "100 videos of print, 300 are needed for apcer=0.01. Collect more, or use --rule apcer=0.03" in capsys.readouterr().err
    )


def test_damaged_weights_are_not_calibrated(scene, capsys):
    folder, _ = scene
    data = bytearray((folder / "m.safetensors").read_bytes())
    data[-1] ^= 1
    (folder / "m.safetensors").write_bytes(data)
    assert run("m.safetensors", "s.csv", "--rule", "eer", "--in-place") == 2
    assert "its weights differ from its hash" in capsys.readouterr().err


def test_a_folder_of_pictures_and_the_verdicts_with_its_thresholds(scene, capsys, make_detector):
    folder, _ = scene
    rng = np.random.default_rng(0)
    for name, count, bright in (("real", 60, 0.75), ("spoof/print", 30, 0.4), ("spoof/replay", 30, 0.5)):
        (folder / "camera" / name).mkdir(parents=True)
        for number in range(count):
            p = float(np.clip(bright + rng.normal(0, 0.08), 0.3, 0.9))
            # Squares of 4 px: a flat picture, or noise of single pixels, is not checked.
            image = 255 * p + rng.uniform(-20, 20, (16, 16, 3)).repeat(4, 0).repeat(4, 1)
            Image.fromarray(image.astype(np.uint8)).save(folder / "camera" / name / f"{number}.png")
    (folder / "camera/real/broken.png").write_text("no picture")
    make_detector()
    out = ("--out", "n.safetensors")
    assert run("m.safetensors", "camera", "--rule", "apcer=0.1", "--review", 0.05, *out) == 0
    assert "1 of 121 pictures were not checked and have no scores (unreadable 1)" in capsys.readouterr().out
    card = read_card("n.safetensors")
    data = card.decision.data
    assert (data["kind"], data["name"], data["files"], data["real"]) == ("folder", "camera", 121, 60)
    assert data["attacks"] == dict(print=30, replay=30)
    assert data["not_checked"] == dict(unreadable=1)
    # What the command counts is what the detector answers with this card.
    detector = make_detector(decision=card.decision, calibration=card.calibration)
    verdicts = [result.verdict for result in detector.predict("camera/spoof/replay")]
    assert verdicts.count("live") == card.decision.rates["apcer"]["replay"]["errors"] <= 3
    assert verdicts.count("unsure") == card.decision.rates["review_attacks"]["replay"]["errors"]
    verdicts = [result.verdict for result in detector.predict("camera/real") if result.p_real is not None]
    assert verdicts.count("spoof") == card.decision.rates["bpcer"]["errors"]
    assert verdicts.count("unsure") == card.decision.rates["review_real"]["errors"] <= 3
