# SPDX-License-Identifier: Apache-2.0
"""Cards are written and read without loss; wrong ones are refused."""

import json

import pytest

from flip_mm.inference.model_card import Calibration, Decision, InputSpec, ModelCard


def test_a_card_survives_json(make_card):
    card = make_card(
        decision=Decision(0.8, 0.3, "apcer=0.01", "fitted on 300 videos", dict(real=100), dict(apcer=[0.01, 0.0, 0.03])),
        calibration=Calibration(1.7, dict(real=100), dict(before=4.0)),
        faces=dict(detector="mtcnn"),
        license="weights: MIT",
        training=dict(run=dict(sources=["M", "C"])),
    )
    again = ModelCard.from_json(card.to_json())
    assert again == card
    assert again.inputs[0].size == (8, 8)
    assert again.temperature == 1.7
    assert make_card().temperature == 1.0
    assert again.sentences == ["a printed face", "a face on a screen", "a real face"]


def changed(data, path, value):
    *parents, last = path
    for key in parents:
        data = data[key]
    if value is None:
        del data[last]
    else:
        data[last] = value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["format"], 99, "has format 99, this flip_mm reads 1"),
        (["inputs"], "x", "has no list `inputs`"),
        (["inputs"], [], r"ModelCard.inputs has a wrong value"),
        (["inputs", 0], 3, r"`inputs\[0\]` of its description is 3, not an object"),
        (["inputs", 0, "size"], [8], r"InputSpec.size has a wrong value"),
        (["inputs", 0, "size"], [8, 10**9], r"InputSpec.size has a wrong value"),
        (["inputs", 0, "std"], [1, 0, 1], r"InputSpec.std has a wrong value"),
        (["inputs", 0, "colour"], "GBR", r"InputSpec.colour has a wrong value: 'GBR'"),
        (["inputs", 0, "colur"], "RGB", r"unknown key `inputs\[0\].colur`, did you mean colour\?"),
        (["inputs", 0, "mean"], None, r"lacks a key or has a wrong type in inputs\[0\]"),
        (["decision"], dict(accept=0.2, reject=0.4), r"Decision.reject has a wrong value: 0.4"),
        (["decision"], dict(accept="0.2", reject=0.1), r"Decision.accept has a wrong value"),
        (["calibration"], dict(temperature=0), r"Calibration.temperature has a wrong value"),
        (["architecture"], [1], r"ModelCard.architecture has a wrong value"),
        (["name"], None, r"lacks a key"),
        (["name"], 5, r"ModelCard.name has a wrong value: 5"),
        (["name"], "\ud800", r"no JSON: .*surrogates not allowed"),
        (["format"], True, r"has format True"),
        (["license"], float("nan"), r"no JSON: "),
        (["sha256"], "abc", r"ModelCard.sha256 has a wrong value"),
        (["faces"], dict(detector=["mtcnn"]), r"ModelCard.faces has a wrong value"),
        (["output"], dict(classes=["spoof", "real"], live=0), r"ModelCard.output has a wrong value"),
        (["output"], dict(classes=["real", "spoof"], live=1), r"ModelCard.output has a wrong value"),
        (["output"], dict(softmax=False), r"ModelCard.output has a wrong value"),
        (["prompts"], dict(spoof=5), r"ModelCard.prompts has a wrong value"),
        (["prompts"], dict(spoof="a photo"), r"ModelCard.prompts has a wrong value"),
        (["inputs", 0, "mean"], [10**400] * 3, r"InputSpec.mean has a wrong value"),
        (["inputs", 0, "level_eyes"], "no", r"InputSpec.level_eyes has a wrong value"),
        (["decision"], dict(accept=10**400, reject=0), r"Decision.accept has a wrong value"),
        (["decision"], dict(accept=1, reject=0, data=3), r"Decision.data has a wrong value"),
        (["decision"], dict(accept=1, reject=0, origin=3), r"Decision.origin has a wrong value"),
        (["calibration"], dict(temperature=10**400), r"Calibration.temperature has a wrong value"),
        (["calibration"], dict(temperature=1, errors=[]), r"Calibration.errors has a wrong value"),
    ],
)
def test_wrong_cards_are_refused(make_card, path, value, message):
    data = json.loads(make_card().to_json())
    changed(data, path, value)
    with pytest.raises(ValueError, match=message):
        ModelCard.from_json(json.dumps(data))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": NaN}', "[" * 10**5])
def test_text_that_is_no_card_is_refused(text):
    with pytest.raises(ValueError, match="its description"):
        ModelCard.from_json(text)


def test_an_input_needs_positive_std():
    with pytest.raises(ValueError, match=r"InputSpec.std"):
        InputSpec((8, 8), (0, 0, 0), (1, 1, float("nan")))
