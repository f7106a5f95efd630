# SPDX-License-Identifier: Apache-2.0
"""Algorithms."""

from .cdftn import CDFTN
from .cdftn_l import CDFTNL
from .clip_pretraining import CLIPPretraining
from .depth_classifier import DepthClassifier
from .drcn import DRCN
from .dupgan import DupGAN
from .flip import FLIP
from .flip_student import FLIPStudent
from .lgsc import LGSC
from .mddr import MDDR
from .rfmeta import RfMeta
from .ssdg import SSDG
from .vitaf import ViTAF

__all__ = [
    "CDFTN",
    "CDFTNL",
    "DRCN",
    "FLIP",
    "LGSC",
    "MDDR",
    "SSDG",
    "CLIPPretraining",
    "DepthClassifier",
    "DupGAN",
    "FLIPStudent",
    "RfMeta",
    "ViTAF",
]
