# SPDX-License-Identifier: Apache-2.0
"""Images of the target without labels."""

from collections import Counter
from types import SimpleNamespace

import pytest
import torch
from mmpretrain.registry import DATASETS, MODELS

from flip_mm.datasets import DomainClassBatchSampler, get_run

PLAIN = dict(protocol="p1", target="O")


def dataset(root, unlabelled="", split="train", **kwargs):
    run = PLAIN | (dict(unlabelled=unlabelled) if unlabelled else {})
    meta = ("img_path", "domain_index", "role", "attack_type", "session", "medium")
    pipeline = [dict(type="LoadFrame"), dict(type="PackInputs", meta_keys=meta)]
    return DATASETS.build(dict(type="FASDataset", run=run, split=split, data_root=str(root), pipeline=pipeline) | kwargs)


def infos(data):
    return [data.get_data_info(i) for i in range(len(data))]


@pytest.mark.parametrize("unlabelled", ["train", "test"])
def test_they_are_the_images_of_the_list_without_their_class(shared_mcio, unlabelled):
    data = dataset(shared_mcio, unlabelled)
    plain, adapt = infos(data)[: len(dataset(shared_mcio))], infos(data)[len(dataset(shared_mcio)) :]
    assert plain == infos(dataset(shared_mcio))
    lines = [line for c in ("real", "fake") for line in (shared_mcio / f"txt/oulu_{c}_{unlabelled}.txt").read_text().split()]
    paths = [str(shared_mcio / "frame" / line) for line in lines]
    shown = [path.replace("_frame0", f"_frame{k}") for path in paths for k in ((0, 1) if unlabelled == "test" else (0,))]
    assert [sample["img_path"] for sample in adapt] == shown
    assert list(data.streams["O", "adapt"]) == list(range(len(plain), len(data)))
    hidden = dict(gt_label=-1, attack_type="", session="", medium="", role="adapt", domain="O", domain_index=4)
    assert all(sample | hidden == sample for sample in adapt)
    assert data.metainfo["run"]["unlabelled"] == unlabelled
    assert {sample["gt_label"] for sample in infos(dataset(shared_mcio, unlabelled, "test"))} == {0, 1}


def test_a_run_without_them_has_no_such_stream(shared_mcio):
    data = dataset(shared_mcio)
    assert ("O", "adapt") not in data.streams
    assert {sample["role"] for sample in infos(data)} == {"train"}
    assert data.metainfo["run"]["unlabelled"] == ""


def test_its_list_must_exist(mcio):
    (mcio / "txt/oulu_fake_train.txt").unlink()
    dataset(mcio, "test")
    with pytest.raises(FileNotFoundError, match=r"oulu_fake_train.txt' is missing: protocol p1 \(ICM->O\) needs it"):
        dataset(mcio, "train")


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (PLAIN | dict(unlabelled="dev"), r"run.unlabelled='dev' must be 'train' or 'test'"),
        (dict(protocol="intra", target="O", unlabelled="test"), r"run.unlabelled='test': protocol intra trains on the target"),
    ],
)
def test_other_values_are_refused(run, message):
    with pytest.raises(ValueError, match=message):
        get_run(**run)


def test_which_runs_see_the_target():
    runs = [PLAIN, PLAIN | dict(unlabelled="test"), PLAIN | dict(shots=1), dict(protocol="intra", target="O")]
    assert [get_run(**run).sees_target for run in runs] == [False, True, True, True]


@pytest.mark.parametrize(
    "loss",
    [
        dict(type="CrossEntropyLoss"),
        dict(type="CrossEntropyLoss", use_sigmoid=True),
        dict(type="LabelSmoothLoss", label_smooth_val=0.1),
        dict(type="FocalLoss"),
        dict(type="AsymmetricLoss"),
    ],
)
@pytest.mark.parametrize("labels", [[1, -1], [-1, -1]])
def test_no_loss_accepts_the_label(loss, labels):
    with pytest.raises((IndexError, RuntimeError, AssertionError)):
        MODELS.build(loss)(torch.zeros(2, 2), torch.tensor(labels))


@pytest.mark.parametrize("method", ["v", "it"])
def test_flip_does_not_accept_it_either(shared_mcio, build, method):
    data = dataset(shared_mcio, "train")
    sample = data[data.streams["O", "adapt"][0]]["data_samples"]
    assert sample.gt_label.tolist() == [-1]
    with pytest.raises(IndexError, match="Target -1 is out of bounds"):
        build(method).loss(torch.zeros(1, 3, 32, 32), [sample])


def sampler(root, unlabelled="train", batch_size=2, rank=0, world_size=1, **kwargs):
    inner = SimpleNamespace(dataset=dataset(root, unlabelled), seed=3, rank=rank, world_size=world_size)
    return DomainClassBatchSampler(inner, batch_size=batch_size, **kwargs)


def test_they_end_a_batch_and_change_nothing_before(shared_mcio):
    plain, more = sampler(shared_mcio, ""), sampler(shared_mcio)
    own = {*more.streams["O", "adapt"].tolist()}
    for iteration in (0, 5, 100):
        batch = more.batch_at(iteration)
        assert batch[:16] == plain.batch_at(iteration)
        assert len(batch) == 20
        assert {index for index, _ in batch[16:]} <= own
    assert len({seed for _, seed in more.batch_at(7)}) == 20
    seen = Counter(index for iteration in range(4) for index, _ in more.batch_at(iteration)[16:])
    assert {*seen.values()} == {1}  # a pass shows each once


@pytest.mark.parametrize(("batch_size", "unlabelled_size"), [(1, None), (1, 3)])
def test_the_number_of_processes_changes_no_unlabelled_images(shared_mcio, batch_size, unlabelled_size):
    def step(world):
        sizes = dict(batch_size=batch_size * 2 // world, unlabelled_size=unlabelled_size and unlabelled_size * 2 // world)
        parts = [sampler(shared_mcio, rank=rank, world_size=world, **sizes).batch_at(4) for rank in range(world)]
        return sorted(pair for part in parts for pair in part)

    assert step(1) == step(2)
    assert len(step(1)) == 16 + 2 * (unlabelled_size or 2)


@pytest.mark.parametrize(
    ("unlabelled", "size", "message"),
    [("", 4, r"unlabelled_size=4 has no effect: the run has no unlabelled"), ("train", 0, r"unlabelled_size must be a whole")],
)
def test_a_wrong_size_is_refused(shared_mcio, unlabelled, size, message):
    with pytest.raises(ValueError, match=message):
        sampler(shared_mcio, unlabelled, unlabelled_size=size)
