# SPDX-License-Identifier: Apache-2.0
"""Limit the size of a network while it is built, so that a description in a small file cannot fill the memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn
from torch.nn.modules.module import register_module_buffer_registration_hook, register_module_parameter_registration_hook

# What a parameter or buffer counts itself, because many small ones cost time and memory, too.
EACH = 1000


@contextmanager
def size_limit(most: float) -> Iterator[None]:
    """Refuse to add a parameter or buffer to a module of this thread if all of them have more values together.

    torch registers a parameter before it writes to its memory, which the system reserves only then.

    Args:
        most: Number of values, and :data:`EACH` for every parameter and buffer. Parts that are removed again are counted, too.

    Raises:
        ValueError: There are more.
    """
    thread, count = threading.get_ident(), 0

    def add(module: nn.Module, name: str, value: Tensor | None) -> None:
        nonlocal count
        if value is not None and threading.get_ident() == thread:
            count += value.numel() + EACH
            if count > most:
                raise ValueError(f"it has more values than the {most:,.0f} that its weights allow")

    hooks = register_module_parameter_registration_hook(add), register_module_buffer_registration_hook(add)
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
