# SPDX-License-Identifier: Apache-2.0
"""Backbones, prompts, heads, losses and classifiers of FLIP and other vision-language methods."""

from .backbones import DepthNet, MiniFASNet, OpenCLIP, SmallCNN, TimmTower, VisionLanguageBackbone, ViTAFTower
from .classifiers import ADDA, DRUDA, FLIP, SSDG, USDAN, CLIPPretraining, DepthClassifier, FLIPStudent, RfMeta, ViTAF
from .data_preprocessor import FASDataPreprocessor
from .heads import (
    BottleneckHead,
    DepthEstimator,
    FixedDirectionHead,
    FLIPHead,
    FLIPITHead,
    FLIPMCLHead,
    FLIPVHead,
    KNNHead,
    LinearProbeHead,
)
from .losses import (
    EmbeddingDistillationLoss,
    LogitDistillationLoss,
    LossTerm,
    RandomNegativeTripletLoss,
    SimCLRLoss,
    ViewConsistencyLoss,
)
from .necks import DeconvDecoder, DepthEmbedder, FeatureMLP, ResidualStage
from .prompts import ClassPrompts, FixedPrompts

__all__ = [
    "ADDA",
    "DRUDA",
    "FLIP",
    "SSDG",
    "USDAN",
    "BottleneckHead",
    "CLIPPretraining",
    "ClassPrompts",
    "DeconvDecoder",
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
    "FeatureMLP",
    "FixedDirectionHead",
    "FixedPrompts",
    "KNNHead",
    "LinearProbeHead",
    "LogitDistillationLoss",
    "LossTerm",
    "MiniFASNet",
    "OpenCLIP",
    "RandomNegativeTripletLoss",
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
