# SPDX-License-Identifier: Apache-2.0
"""Backbones, prompts, heads, losses and classifiers of FLIP and other vision-language methods."""

from .backbones import MiniFASNet, OpenCLIP, VisionLanguageBackbone
from .classifiers import FLIP
from .data_preprocessor import FASDataPreprocessor
from .heads import FLIPHead, FLIPITHead, FLIPMCLHead, FLIPVHead
from .losses import LossTerm, SimCLRLoss, ViewConsistencyLoss
from .prompts import ClassPrompts, FixedPrompts

__all__ = [
    "FLIP",
    "ClassPrompts",
    "FASDataPreprocessor",
    "FLIPHead",
    "FLIPITHead",
    "FLIPMCLHead",
    "FLIPVHead",
    "FixedPrompts",
    "LossTerm",
    "MiniFASNet",
    "OpenCLIP",
    "SimCLRLoss",
    "ViewConsistencyLoss",
    "VisionLanguageBackbone",
]
