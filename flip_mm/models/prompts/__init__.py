# SPDX-License-Identifier: Apache-2.0
"""What stands for the classes on the text side. A new component is a file here and its line below."""

from .build import build_prompts
from .class_prompts import ClassPrompts
from .fixed_prompts import FixedPrompts, flatten_prompts

__all__ = ["ClassPrompts", "FixedPrompts", "build_prompts", "flatten_prompts"]
