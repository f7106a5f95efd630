# SPDX-License-Identifier: Apache-2.0
"""open_clip models as backbones. ``archs/`` adds architectures to those of open_clip, one JSON file each."""

from pathlib import Path

import open_clip

from .openclip import OpenCLIP

open_clip.add_model_config(Path(__file__).with_name("archs"))

__all__ = ["OpenCLIP"]
