# SPDX-License-Identifier: Apache-2.0
"""Vision-language backbones."""

from .openclip import OpenCLIP

__all__ = ["OpenCLIP"]
