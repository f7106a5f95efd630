# SPDX-License-Identifier: Apache-2.0
"""Any model of open_clip as the backbone. ``archs/`` adds architectures to open_clip's own, one JSON file each."""

from pathlib import Path

import open_clip

from .openclip import OpenCLIP

open_clip.add_model_config(Path(__file__).with_name("archs"))

__all__ = ["OpenCLIP"]
