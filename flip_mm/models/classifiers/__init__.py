# SPDX-License-Identifier: Apache-2.0
"""Algorithms."""

from .anrl import ANRL
from .clip_pretraining import CLIPPretraining
from .depth_classifier import DepthClassifier
from .flip import FLIP
from .flip_student import FLIPStudent
from .vitaf import ViTAF

__all__ = ["ANRL", "FLIP", "CLIPPretraining", "FLIPStudent", "ViTAF"]
from .ssdg import SSDG

__all__ = ["FLIP", "SSDG", "CLIPPretraining", "FLIPStudent"]
from .maddg import MADDG
from .maddg_extractors import MADDGExtractors
from .rfmeta import RfMeta

__all__ = ["FLIP", "MADDG", "CLIPPretraining", "DepthClassifier", "FLIPStudent", "MADDGExtractors", "RfMeta"]
