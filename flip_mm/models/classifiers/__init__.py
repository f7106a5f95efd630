# SPDX-License-Identifier: Apache-2.0
"""Algorithms."""

from .clip_pretraining import CLIPPretraining
from .flip import FLIP
from .flip_student import FLIPStudent

__all__ = ["FLIP", "CLIPPretraining", "FLIPStudent"]
