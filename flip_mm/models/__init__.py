# SPDX-License-Identifier: Apache-2.0
"""Backbones, prompts, heads, losses and classifiers of FLIP and other vision-language methods."""

from .backbones import MiniFASNet, OpenCLIP, SmallCNN, TimmTower, VisionLanguageBackbone, ViTAFTower
from .classifiers import FLIP, CLIPPretraining, FLIPStudent, ViTAF
from .data_preprocessor import FASDataPreprocessor
from .heads import DiVTHead, FLIPHead, FLIPITHead, FLIPMCLHead, FLIPVHead, LinearProbeHead
from .losses import (
    EmbeddingDistillationLoss,
    LogitDistillationLoss,
    LossTerm,
    SimCLRLoss,
    ViewConsistencyLoss,
)
from .prompts import ClassPrompts, FixedPrompts

__all__ = [
    "FLIP",
    "CLIPPretraining",
    "ClassPrompts",
    "DiVTHead",
    "EmbeddingDistillationLoss",
    "FASDataPreprocessor",
    "FLIPHead",
    "FLIPITHead",
    "FLIPMCLHead",
    "FLIPStudent",
    "FLIPVHead",
    "FixedPrompts",
    "LinearProbeHead",
    "LogitDistillationLoss",
    "LossTerm",
    "MiniFASNet",
    "OpenCLIP",
    "SimCLRLoss",
    "SmallCNN",
    "TimmTower",
    "ViTAF",
    "ViTAFTower",
    "ViewConsistencyLoss",
    "VisionLanguageBackbone",
]
