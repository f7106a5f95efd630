# SPDX-License-Identifier: Apache-2.0
"""Transforms that MMPretrain does not have."""

from .append_hsv import AppendHSV
from .by_role import ByRole
from .colour_shift import ColourShift
from .load_depth import LoadDepth
from .load_frame import LoadFrame
from .pillow_steps import with_pillow_steps
from .saturation_jitter import SaturationJitter, scale_saturation
from .training_views import TrainingViews
from .view_parameters import ViewParameters

__all__ = [
    "AppendHSV",
    "ByRole",
    "ColourShift",
    "LoadDepth",
    "LoadFrame",
    "SaturationJitter",
    "TrainingViews",
    "ViewParameters",
    "scale_saturation",
    "with_pillow_steps",
]
