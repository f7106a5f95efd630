# SPDX-License-Identifier: Apache-2.0
"""Algorithms."""

from .clip_pretraining import CLIPPretraining
from .depth_classifier import DepthClassifier
from .flip import FLIP
from .flip_student import FLIPStudent
from .patchnet import PatchNet
from .rfmeta import RfMeta
from .ssan import SSAN
from .ssdg import SSDG
from .vitaf import ViTAF

__all__ = ["FLIP", "SSAN", "SSDG", "CLIPPretraining", "DepthClassifier", "FLIPStudent", "PatchNet", "RfMeta", "ViTAF"]
