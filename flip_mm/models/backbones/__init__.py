# SPDX-License-Identifier: Apache-2.0
"""Vision-language backbones, image towers without text, MiniFASNet, CDCN and DepthNet."""

from .base import VisionLanguageBackbone
from .cdcn import CDCN
from .depthnet import DepthNet
from .drlm_depthnet import DRLMDepthNet
from .minifasnet import MiniFASNet
from .open_clip import OpenCLIP
from .small_cnn import SmallCNN
from .timm_tower import TimmTower
from .vitaf_tower import ViTAFTower

__all__ = [
    "CDCN",
    "DRLMDepthNet",
    "DepthNet",
    "MiniFASNet",
    "OpenCLIP",
    "SmallCNN",
    "TimmTower",
    "ViTAFTower",
    "VisionLanguageBackbone",
]
