# SPDX-License-Identifier: Apache-2.0
"""Metrics of each domain, and the worst mistakes."""

import numpy as np
import pytest

from flip_mm.evaluation import ScoreTable
from flip_mm.evaluation.calibration import calibration_error
from flip_mm.evaluation.domain_results import domain_results
from flip_mm.evaluation.functional import auc
from flip_mm.evaluation.iso30107 import Rate, iso_metrics
from flip_mm.evaluation.mistakes import Mistake, worst_mistakes


def test_domains_are_those_of_an_evaluation_of_their_rows(frames):
    one, other = frames(0, "O").at_level("video"), frames(1, "M").at_level("video")
    both = ScoreTable.from_frames([*one.rows(), *other.rows()])
    found = {own.name: own for own in domain_results(both, 0.5)}
    assert list(found) == ["M", "O"]
    for name, table in (("M", other), ("O", one)):
        iso = iso_metrics(table.score, table.label, 0.5, table.attack_type)
        assert (found[name].bpcer, found[name].apcer) == (iso.bpcer, iso.apcer)
        assert found[name].worst == (iso.worst_attack, iso.apcer_worst)
        assert found[name].pooled == iso.apcer_pooled
        assert found[name].auc == pytest.approx(auc(table.score, table.label))
        assert found[name].calibration == calibration_error(table.score, table.label)


def test_a_domain_with_one_class():
    rows = [("a", "a", "", "A", "bonafide", 1, 0.9), ("b", "b", "", "", "print", 0, 0.2)]
    unknown, real = domain_results(ScoreTable.from_frames(rows), 0.5)
    assert (real.name, real.bpcer, real.worst, real.pooled, real.auc) == ("A", Rate(0, 1), None, None, None)
    assert (unknown.name, unknown.bpcer, unknown.pooled, unknown.auc) == ("", None, Rate(0, 1), None)


def test_the_surest_mistakes_come_first():
    scores = np.array([0.1, 0.6, 0.4, 0.5, 0.95, 0.7, 0.5])
    labels = np.array([1, 1, 1, 1, 0, 0, 0])
    kinds = ["bonafide"] * 4 + ["print", "mask", "print"]
    rows = [(f"{i}.png", f"v{i}", "", "O", kinds[i], int(labels[i]), float(scores[i])) for i in range(7)]
    rejected, accepted, counts = worst_mistakes(ScoreTable.from_frames(rows), 0.5, most=2)
    assert rejected == [Mistake("0.png", "v0", "O", "bonafide", 0.1), Mistake("2.png", "v2", "O", "bonafide", 0.4)]
    assert [(own.file, own.attack_type) for own in accepted] == [("4.png", "print"), ("5.png", "mask")]
    # 0.5 is accepted: it is no mistake for a real sample, and one for an attack.
    assert counts == (2, 3)
