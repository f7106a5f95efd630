# SPDX-License-Identifier: Apache-2.0
"""Vision-language backbones."""

from .base import VisionLanguageBackbone
from .open_clip import OpenCLIP
from .small_cnn import SmallCNN

__all__ = ["OpenCLIP", "SmallCNN", "VisionLanguageBackbone"]
