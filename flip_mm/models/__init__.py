# SPDX-License-Identifier: Apache-2.0
"""Backbones, prompts, heads, losses and classifiers of FLIP and other vision-language methods."""

from .backbones import DepthNet, MiniFASNet, OpenCLIP, SmallCNN, TimmTower, VisionLanguageBackbone, ViTAFTower
from .classifiers import ANRL, FLIP, MADDG, SSDG, CLIPPretraining, DepthClassifier, FLIPStudent, MADDGExtractors, RfMeta, ViTAF
from .data_preprocessor import FASDataPreprocessor
from .heads import BottleneckHead, DepthEstimator, FLIPHead, FLIPITHead, FLIPMCLHead, FLIPVHead, LinearProbeHead
from .losses import (
    EmbeddingDistillationLoss,
    LogitDistillationLoss,
    LossTerm,
    SimCLRLoss,
    ViewConsistencyLoss,
)
from .necks import DepthEmbedder, ResidualStage
from .prompts import ClassPrompts, FixedPrompts

__all__ = [
    "ANRL",
    "FLIP",
    "MADDG",
    "SSDG",
    "BottleneckHead",
    "CLIPPretraining",
    "ClassPrompts",
    "DepthClassifier",
    "DepthEmbedder",
    "DepthEstimator",
    "DepthNet",
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
    "MADDGExtractors",
    "MiniFASNet",
    "OpenCLIP",
    "ResidualStage",
    "RfMeta",
    "SimCLRLoss",
    "SmallCNN",
    "TimmTower",
    "ViTAF",
    "ViTAFTower",
    "ViewConsistencyLoss",
    "VisionLanguageBackbone",
]
