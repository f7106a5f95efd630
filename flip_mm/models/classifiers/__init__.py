# SPDX-License-Identifier: Apache-2.0
"""Algorithms."""

from .clip_pretraining import CLIPPretraining
from .d2am import D2AM
from .depth_classifier import DepthClassifier
from .flip import FLIP
from .flip_student import FLIPStudent
from .rfmeta import RfMeta
from .ssdg import SSDG
from .vitaf import ViTAF

__all__ = ["D2AM", "FLIP", "SSDG", "CLIPPretraining", "DepthClassifier", "FLIPStudent", "RfMeta", "ViTAF"]
