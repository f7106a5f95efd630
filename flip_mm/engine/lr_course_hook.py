# SPDX-License-Identifier: Apache-2.0
"""Log the learning rates of the whole training before it starts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from mmengine.hooks import Hook
from mmengine.optim import OptimWrapperDict, _ParamScheduler
from mmengine.runner import IterBasedTrainLoop, Runner
from mmpretrain.registry import HOOKS

from flip_mm.config_checks.rates import describe_rates, learning_rates


@HOOKS.register_module()
class LRCourseHook(Hook):
    """Logs the learning rates of all remaining iterations, computed with copies of the schedulers."""

    def before_train(self, runner: Runner) -> None:
        """Log one line for each sequence of rates; parameter groups with equal rates share a line."""
        if runner.iter >= runner.max_iters:
            return
        is_single = not isinstance(runner.optim_wrapper, OptimWrapperDict)
        for name, wrapper in {"": runner.optim_wrapper}.items() if is_single else runner.optim_wrapper.items():
            schedulers = runner.param_schedulers or []
            schedulers = schedulers[name] if isinstance(schedulers, dict) else schedulers
            for line in self._lines(runner, wrapper.param_groups, len(wrapper.optimizer.param_groups), schedulers):
                runner.logger.info(f"Learning rate{name and f' of {name}'}{line}")

    def _lines(self, runner: Runner, groups: list[dict], count: int, schedulers: Sequence[_ParamScheduler]) -> list[str]:
        """The lines of one optimizer; mmengine added the groups after ``count``, which have no parameters."""
        on_plateau = [scheduler for scheduler in schedulers if getattr(scheduler, "need_val_args", False)]
        stepped = [scheduler for scheduler in schedulers if scheduler not in on_plateau]
        length = runner.max_iters if isinstance(runner.train_loop, IterBasedTrainLoop) else len(runner.train_dataloader)
        rates = learning_rates(stepped, groups, runner.iter, runner.max_iters, length)
        sizes: dict[str, int] = defaultdict(int)
        for group_rates, group in zip(rates[:count], groups, strict=False):
            sizes[describe_rates(group_rates, runner.iter)] += sum(parameter.numel() for parameter in group["params"])
        lines = [f"{f' of {size:,} parameters' if len(sizes) > 1 else ''}: {text}." for text, size in sizes.items()]
        verbs = {"less": "fallen", "greater": "risen"}
        return lines + [
            f": {type(plateau).__name__} multiplies it by {plateau.factor:g} after more than {plateau.patience} validations in "
            f"which {plateau.monitor} has not {verbs[plateau.rule]}."
            for plateau in on_plateau
        ]
