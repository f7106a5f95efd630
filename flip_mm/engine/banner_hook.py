# SPDX-License-Identifier: Apache-2.0
"""Print what a training or test will do before it starts."""

from __future__ import annotations

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS

from .console.banner import Lines, test_lines, title, training_lines
from .console.printing import show


@HOOKS.register_module()
class BannerHook(Hook):
    """Prints run, data, method, weights, iterations, device, checkpoint rule, threshold rule and work dir."""

    # Before the hooks that print warnings.
    priority = "HIGH"

    @master_only
    def before_train(self, runner: Runner) -> None:
        """Print what will be trained."""
        self._print(runner, "Training", training_lines(runner))

    @master_only
    def before_test(self, runner: Runner) -> None:
        """Print what will be tested."""
        self._print(runner, "Testing", test_lines(runner))

    def _print(self, runner: Runner, action: str, lines: Lines) -> None:
        show(runner.logger, "\n".join([title(runner, action), *(f"  {name:<13}{text}" for name, text in lines)]))
