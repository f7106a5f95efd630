# SPDX-License-Identifier: Apache-2.0
"""Algorithms."""

from .flip import FLIP
from .flip_student import FLIPStudent

__all__ = ["FLIP", "FLIPStudent"]
