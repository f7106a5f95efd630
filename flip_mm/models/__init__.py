# SPDX-License-Identifier: Apache-2.0
"""Backbones, prompts, heads, losses and classifiers of FLIP and other vision-language methods."""

from .backbones import CDCN, DepthNet, MiniFASNet, OpenCLIP, SmallCNN, TimmTower, VisionLanguageBackbone, ViTAFTower
from .central_difference_conv import CentralDifferenceConv
from .classifiers import FLIP, SSDG, CLIPPretraining, DepthClassifier, FLIPStudent, RfMeta, ViTAF
from .data_preprocessor import FASDataPreprocessor
from .heads import BottleneckHead, DepthEstimator, DepthMapHead, FLIPHead, FLIPITHead, FLIPMCLHead, FLIPVHead, LinearProbeHead
from .losses import (
    ContrastDepthLoss,
    EmbeddingDistillationLoss,
    LogitDistillationLoss,
    LossTerm,
    SimCLRLoss,
    ViewConsistencyLoss,
)
from .necks import DepthEmbedder, ResidualStage
from .prompts import ClassPrompts, FixedPrompts

__all__ = [
    "CDCN",
    "FLIP",
    "SSDG",
    "BottleneckHead",
    "CLIPPretraining",
    "CentralDifferenceConv",
    "ClassPrompts",
    "ContrastDepthLoss",
    "DepthClassifier",
    "DepthEmbedder",
    "DepthEstimator",
    "DepthMapHead",
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
