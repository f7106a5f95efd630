# SPDX-License-Identifier: Apache-2.0
"""Transforms that MMPretrain lacks."""

from .saturation_jitter import SaturationJitter, scale_saturation

__all__ = ["SaturationJitter", "scale_saturation"]
