# SPDX-License-Identifier: Apache-2.0
"""Batches that are balanced over (domain, class) and depend only on the seed and the iteration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count

import numpy as np
from mmengine.logging import print_log
from mmpretrain.registry import DATA_SAMPLERS
from torch.utils.data import Sampler

from .protocols import ADAPT
from .run_samples import stream_sizes

# If even the longest stream repeats more often than this in one step, the batch size is a mistake.
MOST_REPEATS = 100


@DATA_SAMPLERS.register_module()
class DomainClassBatchSampler(Sampler):
    """``batch_size`` images of every (domain, class) in every batch; per domain real, then spoof (FLIP section 4.1).

    Each stream is shuffled separately. At the end of a pass, images that do not fill a step of all ranks are dropped, and the
    stream is shuffled again. A stream that is shorter than a step repeats its images; otherwise ranks never share an image
    within a step. Batches do not depend on earlier ones: :meth:`batch_at` returns the batch of any iteration. The images and
    seeds of a step stay the same if ``batch_size`` times the number of ranks stays the same.

    Args:
        sampler: mmengine's ``InfiniteSampler``, which provides dataset (with ``streams``), seed, rank and world size.
        batch_size: Images per (domain, class) and rank, 3 in the published settings.
        drop_last: Set by mmengine and ignored; batches are always full.
        unlabelled_size: Images per rank of the stream that ``run.unlabelled`` adds, which comes last in a batch; None means
            twice ``batch_size``, as many as of a labelled domain.

    Attributes:
        start (int): Iteration of the first batch; the training loop sets it on resume.

    Raises:
        TypeError: The dataset has no ``streams``.
        ValueError: A size is no whole number above 0, there is no unlabelled stream for ``unlabelled_size``, or the data set
            is not for training.
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
        self.unlabelled_size = unlabelled_size
        self.set_streams(sampler.dataset.streams)
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

    def set_streams(self, streams: Mapping[tuple[str, str], Sequence[int]]) -> None:
        """Draw batches from other streams; after it, :meth:`ResumableTrainLoop.redraw` discards the batches already read.

        Args:
            streams: (domain, class) -> indices of its samples, in the order of a batch.
        """
        self.streams = {key: _array(indices) for key, indices in streams.items()}
        # Number of a stream -> its last epoch and permutation: shuffling a million images takes 10 ms.
        self._shuffled: dict[int, tuple[int, np.ndarray]] = {}
        self.sizes = stream_sizes(self.streams, self.batch_size, self.unlabelled_size)

    def _check_size(self) -> None:
        """Raise ValueError if a step repeats even the longest stream many times, before it fills the memory."""
        if all(self._step(key) > MOST_REPEATS * len(indices) for key, indices in self.streams.items()):
            longest, total = (pick(map(len, self.streams.values())) for pick in (max, sum))
            raise ValueError(
                f"train_dataloader.batch_size={self.batch_size} counts for each of {len(self.streams)} streams (domain, class) "
                f"and {self.world_size} process(es): {sum(map(self._step, self.streams))} images a step, and the training set "
                f"has {total}. Use at most {max(longest // self.world_size, 1)}; 3 is the published one."
            )

    def _step(self, key: tuple[str, str]) -> int:
        """Number of images of a stream in one step of all ranks."""
        return self.sizes[key] * self.world_size

    def __len__(self) -> int:
        """Number of batches until the longest stream was seen once; iteration does not stop there."""
        return max(len(indices) // self._step(key) for key, indices in self.streams.items())

    def batch_at(self, iteration: int) -> list[tuple[int, int]]:
        """Return the batch of an iteration.

        Args:
            iteration: Iteration, counted from 0.

        Returns:
            (index, seed of the sample) for each image of this rank.
        """
        # The 0 was the rank in earlier versions; it keeps the seeds unchanged.
        entropy = np.random.SeedSequence([self.seed, 1, iteration, 0])
        seeds = iter(entropy.generate_state(sum(map(self._step, self.streams))).tolist())
        batch: list[tuple[int, int]] = []
        for number, (key, indices) in enumerate(self.streams.items()):
            drawn = self._draw(number, indices, self._step(key), iteration).tolist()
            first = self.rank * self.sizes[key]
            batch += list(zip(drawn, seeds, strict=False))[first : first + self.sizes[key]]
        return batch

    def _draw(self, number: int, indices: np.ndarray, step: int, iteration: int) -> np.ndarray:
        """Images of one stream in one step, for all ranks in a row."""
        steps = max(len(indices) // step, 1)
        epoch, position = divmod(iteration, steps)
        first, last = position * step, (position + 1) * step
        shuffled = self._permutation(number, indices, epoch)
        return shuffled[first:last] if last <= len(shuffled) else np.take(shuffled, range(first, last), mode="wrap")

    def _permutation(self, number: int, indices: np.ndarray, epoch: int) -> np.ndarray:
        """The images of one stream in the order of an epoch."""
        kept = self._shuffled.get(number)
        if kept is None or kept[0] != epoch:
            kept = epoch, np.random.default_rng([self.seed, 0, number, epoch]).permutation(indices)
            self._shuffled[number] = kept
        return kept[1]

    def __getstate__(self) -> dict:
        """Leave out the permutations, which can be computed again."""
        return self.__dict__ | dict(_shuffled={})

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        """Endless batches from ``start`` on."""
        return map(self.batch_at, count(self.start))


def _array(indices: Sequence[int]) -> np.ndarray:
    """Indices of a stream as int32."""
    is_range = isinstance(indices, range)
    return np.arange(indices.start, indices.stop, indices.step, np.int32) if is_range else np.array(indices, np.int32)
