# SPDX-License-Identifier: Apache-2.0
"""Vision-language backbones."""

from .base import VisionLanguageBackbone
from .open_clip import OpenCLIP

__all__ = ["OpenCLIP", "VisionLanguageBackbone"]
