# SPDX-License-Identifier: Apache-2.0
import pickle
from collections import Counter
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmpretrain.registry import DATA_SAMPLERS

from flip_mm.datasets import DomainClassBatchSampler


def sampler(sizes, batch_size=3, seed=0, rank=0, world_size=1, kind=list):
    """Over streams of these sizes, with indices in a row."""
    streams, start = {}, 0
    for number, size in enumerate(sizes):
        indices = range(start, start + size)
        streams[f"D{number // 2}", ("real", "spoof")[number % 2]] = indices if kind is range else list(indices)
        start += size
    dataset = SimpleNamespace(streams=streams, full_init=lambda: None)
    return DomainClassBatchSampler(
        SimpleNamespace(dataset=dataset, seed=seed, rank=rank, world_size=world_size), batch_size=batch_size
    )


def indices(batch):
    return [index for index, _ in batch]


def test_three_of_every_stream_in_the_streams_order():
    batches = sampler([7, 9, 30, 5])
    for iteration in range(20):
        blocks = [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3
        got = indices(batches.batch_at(iteration))
        assert [0 if i < 7 else 1 if i < 16 else 2 if i < 46 else 3 for i in got] == blocks


def test_a_stream_drops_its_last_partial_batch_and_is_shuffled_anew():
    batches = sampler([20, 20])
    passes = [[i for t in range(6 * p, 6 * p + 6) for i in indices(batches.batch_at(t))[:3]] for p in range(3)]
    assert [len(set(images)) for images in passes] == [18, 18, 18]
    assert passes[0] != passes[1] != passes[2]
    assert set(passes[0] + passes[1] + passes[2]) == set(range(20))


def test_streams_are_shuffled_separately():
    first, second = zip(*((b[:3], b[3:]) for b in (indices(sampler([30, 30]).batch_at(t)) for t in range(10))), strict=True)
    assert [i for part in first for i in part] != [i - 30 for part in second for i in part]


def test_batches_depend_only_on_seed_and_iteration():
    batches = sampler([12, 15])
    drawn = list(islice(batches, 30))
    assert [sampler([12, 15]).batch_at(t) for t in reversed(range(30))] == drawn[::-1]
    assert sampler([12, 15], seed=1).batch_at(0) != drawn[0]


def test_every_sample_gets_another_seed():
    seeds = [seed for t in range(200) for rank in (0, 1) for _, seed in sampler([12, 15], rank=rank, world_size=2).batch_at(t)]
    assert len(set(seeds)) > 0.999 * len(seeds)
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_batches_and_seeds_do_not_change_between_versions():
    """A training that was begun with another version goes on with the same batches."""
    assert sampler([12, 15], seed=7, batch_size=2).batch_at(3) == [
        (8, 1916955614),
        (7, 3708975997),
        (15, 2441065134),
        (21, 2275812757),
    ]


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(12, 40), min_size=2, max_size=4),
    batch_size=st.integers(1, 3),
    world_size=st.integers(1, 4),
    iteration=st.integers(0, 10**6),
    seed=st.integers(0, 2**31),
)
def test_ranks_share_no_image_within_a_step(sizes, batch_size, world_size, iteration, seed):
    step = [i for r in range(world_size) for i in indices(sampler(sizes, batch_size, seed, r, world_size).batch_at(iteration))]
    assert len(set(step)) == len(step) == len(sizes) * batch_size * world_size


@pytest.mark.parametrize("iteration", [0, 1, 7, 1000])
def test_the_number_of_ranks_does_not_change_images_or_seeds(iteration):
    steps = [
        sorted(pair for r in range(world) for pair in sampler([24, 31, 40], 6 // world, 5, r, world).batch_at(iteration))
        for world in (1, 2, 3, 6)
    ]
    assert steps[0] == steps[1] == steps[2] == steps[3]
    assert len(steps[0]) == 18


def test_it_starts_at_the_given_iteration():
    batches = sampler([12, 15])
    batches.start = 5
    assert list(islice(batches, 3)) == [batches.batch_at(t) for t in (5, 6, 7)]


def test_a_short_stream_repeats_and_says_so(monkeypatch):
    said = []
    monkeypatch.setattr("flip_mm.datasets.samplers.print_log", lambda text, **_: said.append(text))
    batches = sampler([2, 12])
    assert said == ["D0 has 2 real images for steps of 3: they repeat within a step."]
    for t in range(5):
        assert set(Counter(indices(batches.batch_at(t))[:3])) == {0, 1}


def test_length_is_a_pass_of_the_longest_stream():
    assert len(sampler([7, 31])) == 10
    assert len(sampler([7, 31], world_size=2)) == 5


@pytest.mark.parametrize("batch_size", [0, 1.5, "3"])
def test_bad_batch_size(batch_size):
    with pytest.raises(ValueError, match=r"train_dataloader.batch_size must be a whole number above 0, got"):
        sampler([12, 15], batch_size=batch_size)


def test_other_data_sets_are_refused():
    with pytest.raises(TypeError, match=r"needs a FASDataset, train_dataloader.dataset is a list"):
        DATA_SAMPLERS.build(dict(type="DomainClassBatchSampler", sampler=SimpleNamespace(dataset=[], seed=0), batch_size=3))


def test_an_absurd_batch_size_is_refused_with_the_arithmetic():
    assert len(indices(sampler([3, 3], batch_size=300).batch_at(0))) == 600
    with pytest.raises(
        ValueError, match=r"batch_size=1000 counts for each of 2 .* 2 process\(es\): 4000 images a step, .* has 6\."
    ):
        sampler([3, 3], batch_size=1000, world_size=2)


def plain_batch(sizes, seed, batch_size, iteration, rank, world_size):
    """Shuffles all images for each batch, as version 0.2.0 did."""
    step, batch, start = batch_size * world_size, [], 0
    seeds = np.random.SeedSequence([seed, 1, iteration, 0]).generate_state(step * len(sizes)).tolist()
    for number, size in enumerate(sizes):
        epoch, position = divmod(iteration, max(size // step, 1))
        images = np.random.default_rng([seed, 0, number, epoch]).permutation(np.array([*range(start, start + size)]))
        drawn = np.take(images, range(position * step, (position + 1) * step), mode="wrap").tolist()
        own = slice(rank * batch_size, (rank + 1) * batch_size)
        batch += [*zip(drawn, seeds[number * step : (number + 1) * step], strict=True)][own]
        start += size
    return batch


@pytest.mark.parametrize("kind", [list, range])
@pytest.mark.parametrize(("rank", "world_size"), [(0, 1), (1, 2)])
def test_kept_permutations_change_no_batch(kind, rank, world_size):
    sizes = [5, 23, 1000]
    batches = sampler(sizes, seed=3, rank=rank, world_size=world_size, kind=kind)
    for iteration in [*range(40), 1000, 7, 165, 166, 167, 10**9]:
        assert batches.batch_at(iteration) == plain_batch(sizes, 3, 3, iteration, rank, world_size)


def test_a_stream_is_shuffled_once_an_epoch(monkeypatch):
    shuffled, make = [], np.random.default_rng
    monkeypatch.setattr(np.random, "default_rng", lambda seed: shuffled.append(seed) or make(seed))
    batches = sampler([30, 60], seed=4)
    for iteration in range(20):
        batches.batch_at(iteration)
    assert shuffled == [[4, 0, 0, 0], [4, 0, 1, 0], [4, 0, 0, 1]]
    assert {images.dtype for images in batches.streams.values()} == {np.dtype(np.int32)}


def test_a_copy_in_another_process_draws_the_same():
    batches = sampler([300, 600])
    first = batches.batch_at(5)
    batches.sampler = None
    packed = pickle.dumps(batches)
    assert pickle.loads(packed).batch_at(5) == first
    assert len(packed) < 4 * 900 + 2000, "the permutations are left out"
