# SPDX-License-Identifier: Apache-2.0
"""The doctor judges the samples that training and test are given, and parses each path once."""

from collections import Counter

import pytest

from flip_mm.datasets import FASDataset
from flip_mm.datasets.naming import parse_name
from flip_mm.doctor import frame_names
from flip_mm.doctor.frame_names import NameReader
from flip_mm.doctor.list_files import read_lists
from flip_mm.doctor.runs import run_samples, select_runs


@pytest.mark.parametrize("root", ["shared_mcio", "shared_wcs"])
def test_samples_are_those_of_the_dataset(root, request):
    root = request.getfixturevalue(root)
    lists = read_lists(root, NameReader())
    runs, skipped = select_runs((), lists)
    assert skipped == []
    assert {run.protocol for run in runs} >= {"intra", "celeba"}
    for run in runs:
        chosen = dict(protocol=run.protocol, target=run.target, source=run.sources[0] if len(run.sources) == 1 else None)
        for split in ("train", "test"):
            dataset = FASDataset(chosen | dict(aux=bool(run.aux)), split, str(root), pipeline=[], lazy_init=True)
            expected = [{"file": own.pop("img_path").split("/frame/")[1]} | own for own in dataset.load_data_list()]
            assert run_samples(root, run, lists, split) == expected


def test_each_path_is_parsed_once(shared_mcio, check, monkeypatch):
    calls = Counter()

    def counted(domain, path):
        calls[path] += 1
        return parse_name(domain, path)

    monkeypatch.setattr(frame_names, "parse_name", counted)
    report = check(shared_mcio, protocols=(), images=False)
    assert len(report.names) > calls.total() > 0
    assert set(calls.values()) == {1}
