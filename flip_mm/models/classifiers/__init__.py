# SPDX-License-Identifier: Apache-2.0
"""Algorithms."""

from .adda import ADDA
from .clip_pretraining import CLIPPretraining
from .d2am import D2AM
from .depth_classifier import DepthClassifier
from .dr_uda import DRUDA
from .drcn import DRCN
from .dupgan import DupGAN
from .flip import FLIP
from .flip_student import FLIPStudent
from .rfmeta import RfMeta
from .ssan import SSAN
from .ssdg import SSDG
from .vitaf import ViTAF

__all__ = [
    "ADDA",
    "D2AM",
    "DRCN",
    "DRUDA",
    "FLIP",
    "SSAN",
    "SSDG",
    "CLIPPretraining",
    "DepthClassifier",
    "DupGAN",
    "FLIPStudent",
    "RfMeta",
    "ViTAF",
]
