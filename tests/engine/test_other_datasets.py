# SPDX-License-Identifier: Apache-2.0
"""Banner, record and leakage of data sets with other samples than those of FASDataset."""

from types import SimpleNamespace

import pytest

from flip_mm.datasets import FASDataset
from flip_mm.engine.console import banner
from flip_mm.engine.leakage_hook import leaks_between
from flip_mm.engine.records.data_record import data_record


class MyFAS(FASDataset):
    """The least that a subclass must load."""

    def load_data_list(self):
        samples = [dict(img_path=f"{number}.png", gt_label=number % 2) for number in range(6)]
        if self.split == "train":
            self.streams = {("X", "real"): [1, 3, 5], ("X", "spoof"): [0, 2, 4]}
        return samples


@pytest.fixture(params=["/nowhere", ""])
def mine(request):
    run = dict(protocol="p1", target="O", holdout=0.3)
    return [MyFAS(run=run, split=split, data_root=request.param, pipeline=[]) for split in ("train", "test")]


def test_a_subclass_with_other_samples(mine):
    train, test = mine
    assert banner.trained_images(train) == "X 3 real + 3 spoof images"
    assert banner.tested_images(test) == "6 samples of MyFAS"
    assert data_record(train) == data_record(test) == dict(all=dict(images=6))
    assert leaks_between(train, test) == []


@pytest.mark.parametrize(("size", "text"), [(3, "3 samples of Other"), (None, "samples of Other")])
def test_data_sets_of_other_programs_with_the_same_attributes(size, text):
    other = type("Other", (), {"__len__": lambda self: size} if size else {})()
    other.run, other.streams, other.split = "mine", "none", "test"
    assert banner.trained_images(other) == banner.tested_images(other) == text
    assert banner.run_name(SimpleNamespace(seed=4), SimpleNamespace(dataset=other)) == "seed 4"
    assert data_record(other) == dict(all=dict(images=size) if size else {})
