# SPDX-License-Identifier: Apache-2.0
"""Algorithms."""

from .clip_pretraining import CLIPPretraining
from .drcn import DRCN
from .dupgan import DupGAN
from .flip import FLIP
from .flip_student import FLIPStudent

__all__ = ["DRCN", "FLIP", "CLIPPretraining", "DupGAN", "FLIPStudent"]
