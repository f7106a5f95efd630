# SPDX-License-Identifier: Apache-2.0
"""Algorithms."""

from .adda import ADDA
from .clip_pretraining import CLIPPretraining
from .depth_classifier import DepthClassifier
from .dr_uda import DRUDA
from .flip import FLIP
from .flip_student import FLIPStudent
from .rfmeta import RfMeta
from .ssdg import SSDG
from .usdan import USDAN
from .vitaf import ViTAF

__all__ = ["ADDA", "DRUDA", "FLIP", "SSDG", "USDAN", "CLIPPretraining", "DepthClassifier", "FLIPStudent", "RfMeta", "ViTAF"]
