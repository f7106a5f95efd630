# SPDX-License-Identifier: Apache-2.0
"""Algorithms."""

from .adda import ADDA
from .anrl import ANRL
from .cdftn import CDFTN
from .cdftn_l import CDFTNL
from .clip_pretraining import CLIPPretraining
from .d2am import D2AM
from .depth_baseline import DepthBaseline
from .depth_classifier import DepthClassifier
from .dr_uda import DRUDA
from .drcn import DRCN
from .drdg_like import DRDGLike
from .dupgan import DupGAN
from .fghv_like import FGHVLike
from .fitted_once import FittedOnce
from .flip import FLIP
from .flip_student import FLIPStudent
from .gda_like import GDALike
from .lgsc import LGSC
from .maddg import MADDG
from .maddg_extractors import MADDGExtractors
from .mddr_like import MDDRLike
from .patchnet import PatchNet
from .rfmeta import RfMeta
from .self_da_like import SelfDALike
from .ssan import SSAN
from .ssdg import SSDG
from .usdan import USDAN
from .vitaf import ViTAF

__all__ = [
    "ADDA",
    "ANRL",
    "CDFTN",
    "CDFTNL",
    "D2AM",
    "DRCN",
    "DRUDA",
    "FLIP",
    "LGSC",
    "MADDG",
    "SSAN",
    "SSDG",
    "USDAN",
    "CLIPPretraining",
    "DRDGLike",
    "DepthBaseline",
    "DepthClassifier",
    "DupGAN",
    "FGHVLike",
    "FLIPStudent",
    "FittedOnce",
    "GDALike",
    "MADDGExtractors",
    "MDDRLike",
    "PatchNet",
    "RfMeta",
    "SelfDALike",
    "ViTAF",
]
