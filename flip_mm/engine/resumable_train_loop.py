# SPDX-License-Identifier: Apache-2.0
"""A training loop that resumes at the iteration of a checkpoint, without reading earlier batches again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from mmengine.optim import OptimWrapperDict
from mmengine.runner import IterBasedTrainLoop, Runner
from mmpretrain.registry import LOOPS
from torch import nn
from torch.utils.data import DataLoader

from flip_mm.utils.text import first_few


@LOOPS.register_module()
class ResumableTrainLoop(IterBasedTrainLoop):
    """mmengine's ``IterBasedTrainLoop``, but a resumed training **starts** at its iteration.

    mmengine's loop reads all earlier batches again, and skips a validation if the training was killed before it ended. Here
    the batch sampler starts at the iteration, no earlier image is read, and the missing validation runs first.

    Args:
        runner: Set by mmengine.
        dataloader: Set by mmengine; its batch sampler must have an attribute ``start``, like
            :class:`~flip_mm.datasets.DomainClassBatchSampler`. Another iterable than a ``DataLoader`` (MMPretrain's
            ``vis_scheduler.py`` uses a dummy) is repeated, and cannot be resumed.
        max_iters: Number of iterations.
        val_begin: First iteration that a validation may follow.
        val_interval: Iterations between validations; the last iteration is always followed by one.
        dynamic_intervals: mmengine's (first iteration, ``val_interval`` from there on).

    Raises:
        TypeError: The batch sampler has no ``start``.
    """

    def __init__(
        self,
        runner: Runner,
        dataloader: DataLoader | dict,
        max_iters: int,
        val_begin: int = 1,
        val_interval: int = 1000,
        dynamic_intervals: list[tuple[int, int]] | None = None,
    ) -> None:
        if isinstance(dataloader, dict):
            dataloader = runner.build_dataloader(dataloader, seed=runner.seed)
        batch_sampler = getattr(dataloader, "batch_sampler", None)
        if isinstance(dataloader, DataLoader) and not hasattr(batch_sampler, "start"):
            raise TypeError(
                f"ResumableTrainLoop cannot start a {type(batch_sampler).__name__} at an iteration. Set "
                "train_dataloader.batch_sampler.type='DomainClassBatchSampler', or train_cfg.type='IterBasedTrainLoop', which "
                "reads all earlier batches again on resume."
            )
        # mmengine's constructor opens the iterator, and workers would read the first images before a resume is known.
        super().__init__(runner, _Unopened(dataloader), max_iters, val_begin, val_interval, dynamic_intervals)
        self.dataloader = dataloader
        self.redraw()

    def redraw(self) -> None:
        """Read the next batch anew: the streams of the sampler have changed, and workers have read batches of the old ones."""
        self.dataloader_iterator: Iterator | None = None

    def run(self) -> nn.Module:
        """Train from the current iteration to the last one, and return the model."""
        if self.val_interval > self._max_iters and self.runner.val_loop is not None:
            self.runner.logger.info(
                f"train_cfg.val_interval={self.val_interval} exceeds max_iters={self._max_iters}: one validation, after the "
                "last iteration."
            )
        self.runner.call_hook("before_train")
        self.runner.call_hook("before_train_epoch")
        if self._iter:
            self._decide_current_val_interval()
            if self.runner.message_hub.runtime_info.get("last_validated_iter") != self._iter:
                self._validate()
        first = self._iter
        while self._iter < self._max_iters and not self.stop_training:
            self.runner.model.train()
            if self.dataloader_iterator is None:
                self.dataloader_iterator = self._open()
            batch = next(self.dataloader_iterator)
            if self._iter == first:
                self._first_step(batch)
            else:
                self.run_iter(batch)
            self._decide_current_val_interval()
            self._validate()
        self.runner.call_hook("after_train_epoch")
        self.runner.call_hook("after_train")
        return self.runner.model

    def _open(self) -> Iterator:
        """Return the batches from the current iteration."""
        if isinstance(self.dataloader, DataLoader):
            self.dataloader.batch_sampler.start = self._iter
            return iter(self.dataloader)
        if self._iter:
            raise TypeError(f"ResumableTrainLoop cannot start a {type(self.dataloader).__name__} at iteration {self._iter}.")
        return cycle(self.dataloader)

    def _first_step(self, batch: dict) -> None:
        """Run the first step, with additional checks."""
        try:
            self.run_iter(batch)
        except (IndexError, RuntimeError) as error:
            unlabelled = (getattr(self.dataloader.dataset, "metainfo", None) or {}).get("run", {}).get("unlabelled")
            if not unlabelled:
                raise
            raise ValueError(
                f"The first step of a training with run.unlabelled={unlabelled!r} failed ({type(error).__name__}: {error}). If "
                "a loss got the label -1: a method must not use samples with role 'adapt' in losses on labels; for methods "
                "that do not use such images, such as FLIP and ERM, remove run.unlabelled."
            ) from error
        self._warn_of_gradients()

    def _warn_of_gradients(self) -> None:
        """Warn about gradients that remain after a step: no checkpoint contains them, and a resumed training would differ."""
        wrapper = self.runner.optim_wrapper
        wrappers = wrapper.values() if isinstance(wrapper, OptimWrapperDict) else [wrapper]
        if any(getattr(one, "_accumulative_counts", 1) > 1 for one in wrappers):
            return
        left = [name for name, parameter in self.runner.model.named_parameters() if parameter.grad is not None]
        if left:
            self.runner.logger.warning(
                f"After a training step {len(left)} parameters still have gradients, {first_few(left)}: the next step adds to "
                "them, and a resumed training will differ, because no checkpoint contains them. End the model's train_step "
                "with optim_wrapper.zero_grad()."
            )

    def _validate(self) -> None:
        """Validate if a validation is due after the finished iteration."""
        is_due = self._iter % self.val_interval == 0 or self._iter == self._max_iters
        if self.runner.val_loop is not None and self._iter >= self.val_begin and is_due:
            self.runner.val_loop.run()


class _Unopened:
    """A dataloader without batches, for mmengine's constructor."""

    def __init__(self, dataloader: DataLoader) -> None:
        self.dataset = dataloader.dataset

    def __iter__(self) -> Iterator:
        return iter(())
