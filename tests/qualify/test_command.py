# SPDX-License-Identifier: Apache-2.0
"""flip_mm qualify from the command line to the page."""

import json
import re
import shutil
from dataclasses import replace

import pytest
import torch

from flip_mm.inference.model_card import Decision, InputSpec, ModelCard
from flip_mm.inference.model_file import read_card, write_card, write_safetensors
from flip_mm.networks.build import build_network

WHOLE = dict(size=(80, 80), mean=(0.0,) * 3, std=(1.0,) * 3, colour="BGR", crop="whole", resize="opencv-bilinear")


@pytest.fixture
def own_model(tmp_path):
    """A model file of flip_mm with random weights and a threshold."""
    architecture = dict(network="minifasnet", archs=["V2"], live=1)
    network = build_network(architecture)
    torch.nn.init.normal_(network.networks[0].prob.weight)
    decision = Decision(0.6, 0.4, "apcer=0.01", "fitted on other data")
    card = ModelCard("ours", architecture, (InputSpec(**WHOLE),), dict(detector="given"), decision=decision)
    write_safetensors(
        tmp_path / "ours.safetensors", card, {name: value.numpy() for name, value in network.state_dict().items()}
    )
    return tmp_path / "ours.safetensors"


def test_a_foreign_file(command, graph, describe, pictures, tmp_path):
    out, facts = tmp_path / "report.html", tmp_path / "report.json"
    code, said, _ = command(
        graph(), pictures, "--description", describe(), "--faces", "given", "--threshold", 0.5, "--out", out, "--json", facts
    )
    assert code == 0
    assert "No fault in its connection was found. At threshold 0.5:" in said
    found = json.loads(facts.read_text())
    assert found["threshold"] == dict(value=0.5, origin="given on the command line", fitted=False)
    assert found["APCER"]["print"]["total"] == 6
    assert found["BPCER"] == dict(rate=0.0, wilson_95=[0.0, pytest.approx(0.2425, abs=1e-4)], errors=0, total=12)
    assert len(found["pictures"]) == 24
    assert {point["group"] for point in found["sweeps"]} == {
        "unchanged",
        "crop size",
        "JPEG quality",
        "resolution",
        "brightness",
    }
    page = out.read_text()
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", page)
    assert "<script" not in page
    for words in ("What was found", "accepted (APCER)", "in a thousand", "JPEG quality", "whole picture, resized to 16 x 16"):
        assert words in page


def test_a_fault_gives_exit_code_1_and_stands_first(command, graph, describe, pictures, tmp_path):
    out = tmp_path / "report.html"
    code, said, _ = command(graph(), pictures, "--description", describe(live=0), "--faces", "given", "--out", out)
    assert code == 1
    assert said.startswith("error   The classes are swapped")
    assert "Do not use it like this. The classes are swapped" in out.read_text()
    # Its errors are shown: every live picture was rejected, every attack accepted.
    assert out.read_text().count("data:image/jpeg") == 24


def test_a_page_without_faces(command, graph, describe, pictures, tmp_path):
    out = tmp_path / "report.html"
    command(graph(), pictures, "--description", describe(live=0), "--faces", "given", "--out", out, "--no-thumbnails")
    assert "data:image/jpeg" not in out.read_text()


def test_our_own_file_brings_faces_and_threshold(command, own_model, pictures, tmp_path):
    out, facts = tmp_path / "report.html", tmp_path / "report.json"
    code, _, _ = command(own_model, pictures, "--out", out, "--json", facts, "--changed", 8)
    assert code in (0, 1)
    found = json.loads(facts.read_text())
    assert found["threshold"] == dict(value=0.6, origin="fitted on other data", fitted=False)
    assert (found["faces"], found["swept_pictures"]) == ("given", 8)
    # It normalises itself, so no other pixel range can be tried.
    assert "pixels" not in {finding["code"] for finding in found["findings"]}


def test_a_data_root(command, own_model, shared_mcio, tmp_path):
    facts = tmp_path / "report.json"
    command(own_model, shared_mcio, "--target", "O", "--out", tmp_path / "report.html", "--json", facts, "--changed", 0)
    found = json.loads(facts.read_text())
    assert len(found["pictures"]) == 30
    assert found["BPCER"]["total"] + sum(rate["total"] for rate in found["APCER"].values()) == 15
    assert found["sweeps"] == []


def test_file_names_are_escaped(command, graph, describe, pictures, tmp_path):
    shutil.copytree(pictures, tmp_path / "pictures")
    (tmp_path / "pictures/spoof/print").rename(tmp_path / "pictures/spoof/<img src=x>")
    out = tmp_path / "report.html"
    command(graph(), tmp_path / "pictures", "--description", describe(live=0), "--faces", "given", "--out", out)
    assert "<img src=x>" not in out.read_text()
    assert "&lt;img src=x&gt;" in out.read_text()


def test_the_file_of_a_model_chooses_no_code(command, own_model, pictures, tmp_path, monkeypatch):
    (tmp_path / "harmful.py").write_text("raise SystemExit('it ran')")
    monkeypatch.syspath_prepend(tmp_path)
    card = read_card(own_model)
    inputs = (replace(card.inputs[0], crop="square"),)
    write_card(own_model, replace(card, inputs=inputs, faces=dict(detector="harmful:make")))
    code, _, said = command(own_model, pictures, "--out", tmp_path / "report.html")
    assert code == 2
    assert "'harmful:make', which is code outside of flip_mm" in said
