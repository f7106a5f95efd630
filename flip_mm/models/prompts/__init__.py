# SPDX-License-Identifier: Apache-2.0
"""Prompt components: they give the text embeddings of the classes. To add one, add a file here and import it below."""

from .build import build_prompts
from .class_prompts import ClassPrompts
from .fixed_prompts import FixedPrompts, flatten_prompts

__all__ = ["ClassPrompts", "FixedPrompts", "build_prompts", "flatten_prompts"]
