# SPDX-License-Identifier: Apache-2.0
"""What a test set of a size can tell, against simulations."""

import numpy as np
import pytest

from flip_mm.evaluation.resolution import bootstrap_half_width, hter_deviation, visible_difference


def simulated(rate, real, spoof, count=40000, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.binomial(real, rate, count) / real + rng.binomial(spoof, rate, count) / spoof) / 2


def test_the_deviation_is_that_of_simulated_tests():
    assert hter_deviation(0.05, 60, 200) == pytest.approx(simulated(0.05, 60, 200).std(), rel=0.02)


def test_a_visible_difference_is_found_four_times_in_five():
    rate, real, spoof = 0.1, 710, 2870
    true = visible_difference(rate, real, spoof)
    one, other = simulated(rate, real, spoof), simulated(rate, real, spoof, seed=1)
    noise = np.sqrt(2) * hter_deviation(rate, real, spoof)
    assert np.mean(np.abs(one - other + true) > 1.96 * noise) == pytest.approx(0.8, abs=0.01)
    assert visible_difference(rate, real, spoof, 0.5) == pytest.approx(true / np.sqrt(2))


def test_the_bootstrap_agrees_with_the_formula():
    for fixed, tolerance in ((True, 0.15), (False, 0.3)):
        width = bootstrap_half_width(0.1, 140, 440, fixed, sets=2)
        assert width == pytest.approx(1.96 * hter_deviation(0.1, 140, 440), rel=tolerance)


def test_the_table_of_other_sizes(run_tool, capsys):
    run_tool("analysis_tools/interval_widths.py", "mine=60/200", "--rates", 0.05)
    _, _, row = capsys.readouterr().out.strip().splitlines()
    assert row.startswith("| mine | 60 / 200 | 6.0, 1.9 | 5 | 3.1 | 2.8 | 3.3 | 6.4 | 4.5 |")
