# SPDX-License-Identifier: Apache-2.0
"""Run a function through torch.compile in training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


class CompiledCall:
    """Calls ``function(module, tensor)`` through ``torch.compile``, with static shapes.

    The compiled code belongs to this object and not to the module: names of weights do not change, and a copy of the model
    compiles its own code.

    Args:
        function: What to compile.
        backend: torch's name of the compiler.
    """

    def __init__(self, function: Callable[[nn.Module, Tensor], Tensor], backend: str = "inductor") -> None:
        self.function, self.backend = function, backend
        self._compiled: Callable | None = None

    def __call__(self, module: nn.Module, tensor: Tensor) -> Tensor:
        """Call the function; the first call of each shape compiles it.

        Raises:
            RuntimeError: The compiler is missing or fails.
        """
        if self._compiled is None:
            self._compiled = torch.compile(self.function, dynamic=False, backend=self.backend)
        try:
            return self._compiled(module, tensor)
        except torch._dynamo.exc.TorchDynamoException as error:
            reason = str(error).strip().partition("\n")[0]
            raise RuntimeError(
                f"model.backbone.compile=True: torch.compile cannot be used here ({type(error).__name__}: {reason}). It needs "
                "a C++ compiler, and on a GPU Triton: install them, or set model.backbone.compile=False."
            ) from error

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the compiled code, for copies and pickles."""
        return dict(function=self.function, backend=self.backend, _compiled=None)
