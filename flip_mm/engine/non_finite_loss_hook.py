# SPDX-License-Identifier: Apache-2.0
"""Stop a training whose loss or weights are NaN or infinite."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from mmengine.device import get_device
from mmengine.dist import all_gather_object, all_reduce
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS
from torch import Tensor

from flip_mm.utils.text import first_few

from .checks.weights_fit import unwrap
from .loss_reading import is_saved, losses_are_read

ADVICE = "Lower optim_wrapper.optimizer.lr, train without --amp"
NAMED = 4


class Step(NamedTuple):
    """The losses of an iteration, on the device, and its images."""

    iteration: int
    terms: dict[str, Tensor]
    images: list[str]


@HOOKS.register_module()
class NonFiniteLossHook(Hook):
    """Stops when a loss term or a weight is not finite, before it is logged, validated or written into a checkpoint.

    Reading a loss waits for the device. So the losses of all iterations since the last check are checked together: before
    each log line, checkpoint and validation. The weights are checked before each checkpoint and validation. With several
    processes all stop together, because the gradients of one process reach the weights of all.

    Raises:
        FloatingPointError: The message names the first iteration, the terms, and the images of its batch; or the weights.
    """

    priority = "VERY_HIGH"

    def __init__(self) -> None:
        self._steps: list[Step] = []
        # Not finite on purpose before the training, such as masks of -inf.
        self._expected: set[str] = set()
        self._last_check = 0

    def before_train(self, runner: Runner) -> None:
        """Store which entries of the model's state are not finite on purpose."""
        self._expected = set(non_finite_names(unwrap(runner.model).state_dict()))
        self._last_check = runner.iter

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: dict | None = None
    ) -> None:
        """Store the loss terms; check all stored ones if the losses are read now."""
        terms = {name: value for name, value in outputs.items() if "loss" in name} if isinstance(outputs, Mapping) else {}
        terms = {name: torch.as_tensor(value).detach() for name, value in terms.items()}
        self._steps.append(Step(runner.iter + 1, terms, _images(data_batch)))
        if losses_are_read(runner, batch_idx):
            self._check(runner, with_weights=is_saved(runner, batch_idx))

    def before_val_epoch(self, runner: Runner) -> None:
        """Check before a validation in training: the best checkpoint is written after it."""
        if self._steps:
            self._check(runner, with_weights=True)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Check the weights of every checkpoint before it is written; they are on the CPU."""
        if bad := [name for name in non_finite_names(checkpoint["state_dict"]) if name not in self._expected]:
            raise FloatingPointError(_weights_message(bad, self._last_check, runner.iter))

    def _check(self, runner: Runner, with_weights: bool) -> None:
        """Check losses and weights, on all processes together."""
        steps, self._steps = self._steps, []
        problem = losses_problem(steps)
        if problem is None and with_weights:
            bad = [name for name in non_finite_names(unwrap(runner.model).state_dict()) if name not in self._expected]
            problem = (steps[-1].iteration, _weights_message(bad, self._last_check, steps[-1].iteration)) if bad else None
        fine = torch.tensor(int(problem is None), device=get_device())
        all_reduce(fine, "min")
        if not fine:
            raise FloatingPointError(min(filter(None, all_gather_object(problem)))[1])
        self._last_check = steps[-1].iteration


def losses_problem(steps: Sequence[Step]) -> tuple[int, str] | None:
    """Return the first iteration with a loss that is not finite, and a message; None if all are finite.

    Args:
        steps: Losses of one or more elements each, on any device; they are read together.
    """
    terms = [(step, name, value) for step in steps for name, value in step.terms.items()]
    if not terms:
        return None
    device = terms[0][2].device
    values = torch.stack([value.float().mean().to(device) for _, _, value in terms]).tolist()
    first = next((step for (step, _, _), value in zip(terms, values, strict=True) if not math.isfinite(value)), None)
    if first is None:
        return None
    losses = {name: value for (step, name, _), value in zip(terms, values, strict=True) if step is first}
    bad = [f"{name}={value:.4g}" for name, value in losses.items() if name != "loss" and not math.isfinite(value)] or ["loss"]
    images = f", or look at the images of this batch: {', '.join(first.images)}" if first.images else "."
    return first.iteration, f"Non-finite loss at iteration {first.iteration}: {', '.join(bad)}. {ADVICE}{images}"


def non_finite_names(state: Mapping[str, Any]) -> list[str]:
    """Return the names of the tensors that contain NaN or infinity; the device is read only once.

    Example:
        >>> non_finite_names({"a": torch.ones(2), "b": torch.tensor([1.0, float("nan")]), "c": torch.ones(1, dtype=int)})
        ['b']
    """
    tensors = {name: value for name, value in state.items() if isinstance(value, Tensor) and value.is_floating_point()}
    if not tensors:
        return []
    finite = torch.stack([value.isfinite().all() for value in tensors.values()]).tolist()
    return [name for name, is_finite in zip(tensors, finite, strict=True) if not is_finite]


def _weights_message(names: list[str], since: int, iteration: int) -> str:
    return (
        f"Non-finite weights at iteration {iteration}: {first_few(names, NAMED)}. They were finite at iteration {since}, and "
        f"all losses since then were finite. {ADVICE}."
    )


def _images(data_batch: Any) -> list[str]:
    """The images of a batch, if it contains their paths."""
    samples = data_batch.get("data_samples") if isinstance(data_batch, Mapping) else None
    return [sample.get("img_path", "?") for sample in samples if hasattr(sample, "get")] if isinstance(samples, list) else []
