# SPDX-License-Identifier: Apache-2.0
"""Transforms that MMPretrain does not have."""

from .load_frame import LoadFrame
from .saturation_jitter import SaturationJitter, scale_saturation

__all__ = ["LoadFrame", "SaturationJitter", "scale_saturation"]
