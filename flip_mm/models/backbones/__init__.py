# SPDX-License-Identifier: Apache-2.0
"""Vision-language backbones, image towers without text, MiniFASNet, CDCN and DepthNet."""

from .base import VisionLanguageBackbone
from .cdcn import CDCN
from .color_lbp import ColorLBP
from .depthnet import DepthNet
from .drcn_encoder import DRCNEncoder
from .drlm_depthnet import DRLMDepthNet
from .dupgan_encoder import DupGANEncoder
from .minifasnet import MiniFASNet
from .open_clip import OpenCLIP
from .small_cnn import SmallCNN
from .stem_resnet import StemResNet
from .timm_tower import TimmTower
from .vitaf_tower import ViTAFTower

__all__ = [
    "CDCN",
    "ColorLBP",
    "DRCNEncoder",
    "DRLMDepthNet",
    "DepthNet",
    "DupGANEncoder",
    "MiniFASNet",
    "OpenCLIP",
    "SmallCNN",
    "StemResNet",
    "TimmTower",
    "ViTAFTower",
    "VisionLanguageBackbone",
]
