# SPDX-License-Identifier: Apache-2.0
import re

import pytest
import torch

from flip_mm.models.prompts.fixed_prompts import MARKERS, flatten_prompts
from flip_mm.models.prompts.prompt_split import split_prompts


@pytest.mark.parametrize(
    ("spoof", "real"),
    [
        ("a face", "a face"),
        ("a face", "  A  FACE "),
        ("a face.", "a face ."),
        ("a face & mask", "a face &amp; mask"),
        ("a face", "a\tface\n"),
    ],
)
def test_a_prompt_of_both_classes_is_refused(spoof, real):
    prompts = dict(spoof=["a mask", spoof], real=[real, "a person"])
    message = rf"{re.escape(repr(real))} of 'real' and {re.escape(repr(spoof))} of 'spoof' are the same text for the tokenizer"
    with pytest.raises(ValueError, match=message):
        flatten_prompts(prompts)


@pytest.mark.parametrize("marker", [*MARKERS, "<END_of_text>", "&lt;end_of_text&gt;"])
def test_a_marker_of_the_tokenizer_inside_a_prompt_is_refused(marker):
    with pytest.raises(ValueError, match=r"prompts\['real'\] holds 'a .* face': <.*> is a marker that the tokenizer adds"):
        flatten_prompts(dict(spoof=["a mask"], real=[f"a {marker} face"]))


def test_a_prompt_that_the_tokenizer_empties_is_refused():
    with pytest.raises(ValueError, match=r"prompts\['spoof'\] holds '&nbsp;', of which the tokenizer leaves nothing"):
        flatten_prompts(dict(spoof=["&nbsp;"], real=["a face"]))


def test_a_prompt_given_twice_counts_twice_and_says_so(monkeypatch):
    said = []
    monkeypatch.setattr("flip_mm.models.prompts.fixed_prompts.print_log", lambda text, **_: said.append(text))
    prompts = dict(spoof=["a mask", "a print"], real=["a face", "a face"])
    assert flatten_prompts(prompts) == ["a mask", "a print", "a face", "a face"]
    assert said == ["model.head.prompts['real'] holds 'a face' twice: it counts twice in the average."]


def test_released_split_is_half_with_replacement_and_the_rest():
    torch.manual_seed(0)
    first, second = split_prompts(20000, 6)
    torch.testing.assert_close(first.sum(1), torch.ones(20000))
    torch.testing.assert_close(second.sum(1), torch.ones(20000))
    assert (first * second == 0).all()
    distinct = (first > 0).sum(1)
    assert torch.equal((second > 0).sum(1), 6 - distinct)
    # 3 draws of 6: all different 6*5*4/216, all the same 6/216.
    shares = [(distinct == k).float().mean().item() for k in (1, 2, 3)]
    assert shares == pytest.approx([6 / 216, 90 / 216, 120 / 216], abs=0.015)
    assert (first * 3).frac().abs().max() < 1e-5


def test_paper_split_is_two_halves():
    first, second = split_prompts(2000, 6, "paper")
    assert ((first > 0).sum(1) == 3).all()
    torch.testing.assert_close(first + second, torch.full((2000, 6), 1 / 3))
    torch.testing.assert_close(first.mean(0), torch.full((6,), 1 / 6), atol=0.02, rtol=0)


def test_one_prompt_serves_both_views_and_unknown_rule_is_refused():
    assert torch.equal(torch.cat(split_prompts(3, 1)), torch.ones(6, 1))
    with pytest.raises(ValueError, match="prompt_split must be one of"):
        split_prompts(3, 6, "half")
