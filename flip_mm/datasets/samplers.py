# SPDX-License-Identifier: Apache-2.0
"""Batches balanced over (domain, class), a pure function of (seed, iteration)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np
from mmengine.logging import print_log
from mmpretrain.registry import DATA_SAMPLERS
from torch.utils.data import Sampler

from .protocols import ADAPT
from .run_samples import stream_sizes

# A stream of one image in steps of 100 is a test of something; more is a slip.
MOST_REPEATS = 100


@DATA_SAMPLERS.register_module()
class DomainClassBatchSampler(Sampler):
    """``batch_size`` images of every (domain, class) in every batch; per domain real, then spoof (FLIP section 4.1).

    Every stream is shuffled on its own, drops what is left when a pass no longer fills a step of all ranks, and is then
    shuffled anew. A stream shorter than a step repeats its images. Ranks never share an image within a step unless a stream
    is that short. Nothing depends on the past: :meth:`batch_at` gives the batch of any iteration. Nor on how a step is shared
    out: as long as ``batch_size`` times the number of ranks is the same, so are the step's images and their seeds.

    Args:
        sampler: mmengine's ``InfiniteSampler``; brings dataset (with ``streams``), seed, rank and world size.
        batch_size: Images per (domain, class) and rank, 3 in the published settings.
        drop_last: Filled in by mmengine; batches are always full.
        unlabelled_size: Images per rank of the stream that ``run.unlabelled`` adds, which comes last in a batch; None takes
            twice ``batch_size``, as many as of a labelled domain.

    Attributes:
        start (int): Iteration whose batch comes first; the training loop sets it on resume.

    Raises:
        TypeError: The dataset has no ``streams``.
        ValueError: A size is no whole number above 0, there is no unlabelled stream for ``unlabelled_size``, or the data set
            is not one to train on.
    """

    def __init__(self, sampler: Sampler, batch_size: int, drop_last: bool = True, unlabelled_size: int | None = None) -> None:
        if not hasattr(sampler.dataset, "streams"):
            raise TypeError(
                f"DomainClassBatchSampler needs a FASDataset, train_dataloader.dataset is a {type(sampler.dataset).__name__}."
            )
        for name, size in (("batch_size", batch_size), ("batch_sampler.unlabelled_size", unlabelled_size)):
            if (size is not None or name == "batch_size") and (not isinstance(size, int) or size < 1):
                raise ValueError(f"train_dataloader.{name} must be a whole number above 0, got {size!r}.")
        sampler.dataset.full_init()
        if not sampler.dataset.streams:
            raise ValueError("train_dataloader.dataset.split must be 'train': this data set has no streams of (domain, class).")
        self.sampler = sampler
        self.batch_size = batch_size
        self.streams = {key: np.array(indices) for key, indices in sampler.dataset.streams.items()}
        self.sizes = stream_sizes(self.streams, batch_size, unlabelled_size)
        if unlabelled_size is not None and not any(name == ADAPT for _, name in self.streams):
            raise ValueError(
                f"train_dataloader.batch_sampler.unlabelled_size={unlabelled_size} has no effect: the run has no unlabelled "
                "images. Set run.unlabelled to 'train' or 'test', or leave it out."
            )
        self.seed, self.rank, self.world_size = int(sampler.seed), sampler.rank, sampler.world_size
        self.start = 0
        self._check_size()
        for key, indices in self.streams.items():
            if len(indices) < self._step(key):
                print_log(
                    f"{key[0]} has {len(indices)} {key[1]} images for steps of {self._step(key)}: they repeat within a step.",
                    logger="current",
                )

    def _check_size(self) -> None:
        """Refuse steps that show even the longest stream many times over: a slip in the batch size, that ends in memory."""
        if all(self._step(key) > MOST_REPEATS * len(indices) for key, indices in self.streams.items()):
            longest, total = (pick(map(len, self.streams.values())) for pick in (max, sum))
            raise ValueError(
                f"train_dataloader.batch_size={self.batch_size} counts for each of {len(self.streams)} streams (domain, class) "
                f"and {self.world_size} process(es): {sum(map(self._step, self.streams))} images a step, and the training set "
                f"has {total}. Use at most {max(longest // self.world_size, 1)}; 3 is the published one."
            )

    def _step(self, key: tuple[str, str]) -> int:
        """Images of a stream in one step of all ranks."""
        return self.sizes[key] * self.world_size

    def __len__(self) -> int:
        """Batches until the longest stream has been seen once; iteration does not stop there."""
        return max(len(indices) // self._step(key) for key, indices in self.streams.items())

    def batch_at(self, iteration: int) -> list[tuple[int, int]]:
        """The batch of an iteration.

        Args:
            iteration: Counted from 0.

        Returns:
            (index, seed of the sample) for each image of this rank.
        """
        # The 0 stood for the rank once; it keeps the seeds of a single process.
        entropy = np.random.SeedSequence([self.seed, 1, iteration, 0])
        seeds = iter(entropy.generate_state(sum(map(self._step, self.streams))).tolist())
        batch: list[tuple[int, int]] = []
        for number, (key, indices) in enumerate(self.streams.items()):
            drawn = self._draw(number, indices, self._step(key), iteration).tolist()
            first = self.rank * self.sizes[key]
            batch += list(zip(drawn, seeds, strict=False))[first : first + self.sizes[key]]
        return batch

    def _draw(self, number: int, indices: np.ndarray, step: int, iteration: int) -> np.ndarray:
        """A step's images of one stream, those of all ranks in a row."""
        steps = max(len(indices) // step, 1)
        epoch, position = divmod(iteration, steps)
        shuffled = np.random.default_rng([self.seed, 0, number, epoch]).permutation(indices)
        return np.take(shuffled, range(position * step, (position + 1) * step), mode="wrap")

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        """Batches without end, from ``start`` on."""
        return map(self.batch_at, count(self.start))
