# SPDX-License-Identifier: Apache-2.0
"""Vision-language backbones, image towers without text, and MiniFASNet."""

from .base import VisionLanguageBackbone
from .drcn_encoder import DRCNEncoder
from .dupgan_encoder import DupGANEncoder
from .minifasnet import MiniFASNet
from .open_clip import OpenCLIP
from .small_cnn import SmallCNN
from .timm_tower import TimmTower

__all__ = ["DRCNEncoder", "DupGANEncoder", "MiniFASNet", "OpenCLIP", "SmallCNN", "TimmTower", "VisionLanguageBackbone"]
