# SPDX-License-Identifier: Apache-2.0
"""Build a prompt component from its config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmpretrain.registry import MODELS

from .class_prompts import ClassPrompts
from .fixed_prompts import FixedPrompts, check_classes


def build_prompts(prompts: Mapping[str, Any]) -> ClassPrompts:
    """Build the prompt component of a config.

    Args:
        prompts: ``dict(real=[...], spoof=[...])``, short for :class:`FixedPrompts`, or ``dict(type=..., ...)``.

    Raises:
        ValueError: The classes are not real and spoof, or the type is no prompt component.
    """
    if not isinstance(prompts, Mapping) or "type" not in prompts:
        check_classes(prompts)
        return FixedPrompts(**prompts)
    component = MODELS.build(prompts)
    if not isinstance(component, ClassPrompts):
        raise ValueError(
            f"model.head.prompts.type={prompts['type']!r} is no prompt component: use FixedPrompts or another subclass of "
            "ClassPrompts."
        )
    return component
