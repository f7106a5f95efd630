# SPDX-License-Identifier: Apache-2.0
"""Algorithms."""

<<<<<<< HEAD
from .anrl import ANRL
=======
from .adda import ADDA
>>>>>>> lead
from .clip_pretraining import CLIPPretraining
from .d2am import D2AM
from .depth_baseline import DepthBaseline
from .depth_classifier import DepthClassifier
from .dr_uda import DRUDA
from .drcn import DRCN
from .drdg_like import DRDGLike
from .dupgan import DupGAN
from .flip import FLIP
from .flip_student import FLIPStudent
from .gda_like import GDALike
from .lgsc import LGSC
from .patchnet import PatchNet
from .rfmeta import RfMeta
from .self_da_like import SelfDALike
from .ssan import SSAN
from .ssdg import SSDG
from .usdan import USDAN
from .vitaf import ViTAF

<<<<<<< HEAD
__all__ = ["ANRL", "FLIP", "CLIPPretraining", "FLIPStudent", "ViTAF"]
from .ssdg import SSDG

__all__ = ["FLIP", "SSDG", "CLIPPretraining", "FLIPStudent"]
from .maddg import MADDG
from .maddg_extractors import MADDGExtractors
from .rfmeta import RfMeta

__all__ = ["FLIP", "MADDG", "CLIPPretraining", "DepthClassifier", "FLIPStudent", "MADDGExtractors", "RfMeta"]
=======
__all__ = [
    "ADDA",
    "D2AM",
    "DRCN",
    "DRUDA",
    "FLIP",
    "LGSC",
    "SSAN",
    "SSDG",
    "USDAN",
    "CLIPPretraining",
    "DRDGLike",
    "DepthBaseline",
    "DepthClassifier",
    "DupGAN",
    "FLIPStudent",
    "GDALike",
    "PatchNet",
    "RfMeta",
    "SelfDALike",
    "ViTAF",
]
>>>>>>> lead
