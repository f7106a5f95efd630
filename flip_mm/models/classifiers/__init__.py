# SPDX-License-Identifier: Apache-2.0
"""Algorithms."""

from .flip import FLIP

__all__ = ["FLIP"]
