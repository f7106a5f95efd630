# SPDX-License-Identifier: Apache-2.0
"""Vision-language backbones."""

from .open_clip import OpenCLIP

__all__ = ["OpenCLIP"]
