# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from flip_mm.datasets.pseudo_domains import pseudo_domains, renumber

# Real groups near 0, 10, 20 of 3, 2, 1 images; spoof groups near 21, 11, 1 of 1, 3, 2.
FEATURES = np.array([0, 0.1, 0.2, 10, 10.1, 20, 21, 11, 11.1, 11.2, 1, 1.1])[:, None]
LABELS = np.array([1] * 6 + [0] * 6)


def groups(domains):
    """The domains, numbered in the order in which they appear."""
    order = list(dict.fromkeys(domains.tolist()))
    return [order.index(number) for number in domains.tolist()]


@pytest.mark.parametrize(
    ("pairing", "want"),
    [("hungarian", [0, 0, 0, 1, 1, 2, 2, 1, 1, 1, 0, 0]), ("size", [0, 0, 0, 1, 1, 2, 2, 0, 0, 0, 1, 1])],
)
def test_real_and_spoof_clusters_are_paired(pairing, want):
    assert groups(pseudo_domains(FEATURES, LABELS, 3, pairing=pairing)) == want


def test_the_numbers_of_the_last_time_are_kept():
    previous = np.array([2, 2, 2, 0, 0, 1, 1, 0, 0, 0, 2, 1])
    assert pseudo_domains(FEATURES, LABELS, 3, previous).tolist() == [2, 2, 2, 0, 0, 1, 1, 0, 0, 0, 2, 2]
    assert renumber(np.array([0, 1, 2, 2]), np.array([1, 2, 0, 0]), 3).tolist() == [1, 2, 0, 0]


def test_the_clusters_depend_only_on_the_seed():
    features = np.random.default_rng(0).normal(size=(60, 4))
    labels = np.arange(60) % 2
    first, again = (pseudo_domains(features, labels, 3, seed=5) for _ in range(2))
    assert first.tolist() == again.tolist()


@pytest.mark.parametrize(
    ("features", "pairing", "message"),
    [(FEATURES, "random", "pairing must be one of 'hungarian', 'size'"), (FEATURES * 0, "size", "fewer than 3 different real")],
)
def test_bad_input(features, pairing, message):
    with pytest.raises(ValueError, match=message):
        pseudo_domains(features, LABELS, 3, pairing=pairing)
