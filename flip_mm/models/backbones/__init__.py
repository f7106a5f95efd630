# SPDX-License-Identifier: Apache-2.0
"""Vision-language backbones, and MiniFASNet."""

from .base import VisionLanguageBackbone
from .minifasnet import MiniFASNet
from .open_clip import OpenCLIP
from .small_cnn import SmallCNN

__all__ = ["MiniFASNet", "OpenCLIP", "SmallCNN", "VisionLanguageBackbone"]
