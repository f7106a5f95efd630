# SPDX-License-Identifier: Apache-2.0
"""The card as text: everything that is known, and what is unknown."""

from dataclasses import replace

from flip_mm.inference.card_text import card_text
from flip_mm.inference.model_card import Calibration, Decision

RATE = dict(percent=5.0, wilson_95=[1.25, 12.0], errors=2, total=40)
RECORD = dict(
    config=dict(name="flip_mcl_p1.py"),
    run=dict(name="OCI->M", protocol="p1"),
    seed=3,
    iterations=dict(done=4000, planned=4000),
    checkpoint=dict(iteration=3500, selection="target", metric="target/HTER"),
    weights=[dict(name="openai", source="model.backbone.pretrained")],
    validations=[
        dict(
            reports=dict(
                target=dict(
                    figures=dict(HTER=4.5, AUC=99.0),
                    APCER=dict(print=RATE, replay=RATE | dict(percent=7.5)),
                    BPCER=RATE,
                    real=40,
                    spoof=80,
                    level="video",
                    rule="threshold fixed",
                )
            )
        )
    ],
)


def rows(card):
    return dict(line.split(maxsplit=1) for line in card_text(card).splitlines() if line[0] != " ")


def test_an_unknown_model(exported):
    found = rows(replace(exported.card, prompts={}, sha256=""))
    assert found["model"] == "small, a graph of another kind of model"
    assert found["input"].startswith("16 x 16 BGR, resized by pillow-bicubic, normalised by mean 120 110 100 and std 60 50 40")
    assert found["faces"].startswith("unknown how the faces of the training data were found")
    assert found["threshold"] == "none: every verdict is 'unsure' until flip_mm calibrate, or --threshold"
    assert (found["training"], found["licence"], found["sha256"]) == ("unknown", "unknown", "none")
    assert found["parity"] == "not compared with the trained model"


def test_a_known_model(exported):
    parity = dict(images=9, probes="test images of M", p_difference=2e-6, flips=1, threshold=0.5, threshold_origin="fixed")
    parity |= dict(pytorch=dict(AUC=99.0), file=dict(AUC=98.5))
    card = replace(
        exported.card,
        architecture=dict(network="open_clip", vision_cfg=dict(width=768, layers=12), head=dict(kind="cosine")),
        faces=dict(detector="mtcnn", source="manifests"),
        decision=Decision(0.75, 0.25, "apcer=0.01", "fitted on my camera", dict(real=40)),
        calibration=Calibration(1.5),
        training=RECORD,
        export=dict(precision="int8", quantisation="dynamic", versions=dict(torch="2.14"), parity=parity),
        license="for research",
    )
    found, text = rows(card), card_text(card)
    assert found["model"] == "small, open_clip, width 768, layers 12, head cosine"
    assert found["faces"] == "mtcnn (source: manifests)"
    assert found["threshold"] == (
        "live from 0.75, spoof below 0.25, a person decides between; rule apcer=0.01, fitted on my camera (real 40)"
    )
    assert found["calibration"] == "temperature 1.5"
    assert found["training"] == "flip_mcl_p1.py, OCI->M (protocol p1), seed 3, iteration 3500 of 4000"
    assert "checkpoint     chosen by target/HTER, with labels of the target" in text
    assert "weights from   openai (model.backbone.pretrained)" in text
    assert "HTER 4.50  AUC 99.00  APCER 7.50 [1.2, 12.0] (replay)  BPCER 5.00 [1.2, 12.0]; 40 real and 80 spoof videos" in text
    assert found["file"] == "int8, dynamic; torch 2.14"
    assert found["parity"].startswith("p_real differs from PyTorch by at most 2.0e-06 on 9 test images of M; 1 verdicts differ")
    assert "PyTorch -> file: AUC 99.00 -> 98.50" in text
    for sentence in exported.card.sentences:
        assert sentence in text


def test_texts_of_a_file_cannot_change_the_terminal(exported):
    assert "\x1b" not in card_text(replace(exported.card, name="a\x1b[2Jb", license="x\ny"))
    assert "x\\ny" in card_text(replace(exported.card, license="x\ny"))
