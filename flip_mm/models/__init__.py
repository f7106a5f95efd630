# SPDX-License-Identifier: Apache-2.0
"""Backbones, prompts, heads, losses and classifiers of FLIP and other vision-language methods."""

from .backbones import MiniFASNet, OpenCLIP, SmallCNN, TimmTower, VisionLanguageBackbone, ViTAFTower
from .classifiers import FLIP, CLIPPretraining, FLIPStudent, ViTAF
from .backbones import MiniFASNet, OpenCLIP, SmallCNN, TimmTower, VisionLanguageBackbone
from .classifiers import FLIP, SSDG, CLIPPretraining, FLIPStudent
from .data_preprocessor import FASDataPreprocessor
from .heads import BottleneckHead, FLIPHead, FLIPITHead, FLIPMCLHead, FLIPVHead, LinearProbeHead
from .backbones import DepthNet, MiniFASNet, OpenCLIP, SmallCNN, TimmTower, VisionLanguageBackbone
from .classifiers import FLIP, CLIPPretraining, DepthClassifier, FLIPStudent, RfMeta
from .data_preprocessor import FASDataPreprocessor
from .heads import DepthEstimator, FLIPHead, FLIPITHead, FLIPMCLHead, FLIPVHead, LinearProbeHead
from .losses import (
    EmbeddingDistillationLoss,
    LogitDistillationLoss,
    LossTerm,
    SimCLRLoss,
    ViewConsistencyLoss,
)
from .necks import ResidualStage
from .necks import DepthEmbedder
from .prompts import ClassPrompts, FixedPrompts

__all__ = [
    "FLIP",
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
