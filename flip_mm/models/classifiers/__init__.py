# SPDX-License-Identifier: Apache-2.0
"""Algorithms."""

from .adda import ADDA
from .clip_pretraining import CLIPPretraining
from .dr_uda import DRUDA
from .flip import FLIP
from .flip_student import FLIPStudent
from .vitaf import ViTAF

__all__ = ["ADDA", "DRUDA", "FLIP", "CLIPPretraining", "FLIPStudent", "ViTAF"]
