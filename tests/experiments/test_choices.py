# SPDX-License-Identifier: Apache-2.0
import pytest

from flip_mm.datasets.protocols import RUNS, Run
from flip_mm.experiments.choices import choose_runs, seeds


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("0", (0,)), ("0-4", (0, 1, 2, 3, 4)), ("0,2, 5", (0, 2, 5)), ("3-4,0-1,4", (0, 1, 3, 4)), ("4294967295", (4294967295,))],
)
def test_seeds(text, wanted):
    assert seeds(text) == wanted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("4-0", "the range 4-0 is reversed; give 0-4"),
        ("0-", "'0-' is no number or range"),
        ("-1", "'-1' is no number or range"),
        ("0,,1", "'' is no number or range"),
        ("1.5", "'1.5' is no number or range"),
        ("0-99999", "more than 1000 numbers"),
        ("4294967296", "more than the highest possible number"),
    ],
)
def test_wrong_seeds(text, words):
    with pytest.raises(ValueError, match=words):
        seeds(text)


def names(text, protocol):
    return [Run(protocol, tuple(sources), (), target).name for sources, target in choose_runs(text, protocol)]


@pytest.mark.parametrize(
    ("text", "protocol", "wanted"),
    [
        ("O,M", "p1", ["OCI->M", "ICM->O"]),
        ("m", "p1", ["OCI->M"]),
        ("OCM->I,OCM-I", "p1", ["OCM->I"]),
        ("C-I", "p3", ["C->I"]),
        ("C->I,I-C", "p3", ["C->I", "I->C"]),
        ("I", "p3", ["M->I", "C->I", "O->I"]),
        ("CeFA", "p2", ["SW->CeFA"]),
        ("CelebA-M,w", "celeba", ["CelebA->M", "CelebA->W"]),
    ],
)
def test_runs(text, protocol, wanted):
    assert names(text, protocol) == wanted


def test_all_runs_are_in_the_order_of_the_protocol():
    assert choose_runs("ALL", "p3") == RUNS["p3"]
    assert len(choose_runs("all", "p3")) == 12


@pytest.mark.parametrize(("text", "words"), [("X", "has no run 'X'"), ("OCM-J", "did you mean OCM->I?"), ("M,,O", "no run ''")])
def test_unknown_runs(text, words):
    with pytest.raises(ValueError, match=words.replace("?", r"\?")):
        choose_runs(text, "p1")
