# SPDX-License-Identifier: Apache-2.0
"""Backbones, prompts, heads, losses and classifiers of FLIP and other vision-language methods."""

from .backbones import MiniFASNet, OpenCLIP, SmallCNN, TimmTower, VisionLanguageBackbone, ViTAFTower
from .classifiers import ADDA, DRUDA, FLIP, CLIPPretraining, FLIPStudent, ViTAF
from .data_preprocessor import FASDataPreprocessor
from .heads import FLIPHead, FLIPITHead, FLIPMCLHead, FLIPVHead, KNNHead, LinearProbeHead
from .losses import (
    EmbeddingDistillationLoss,
    LogitDistillationLoss,
    LossTerm,
    RandomNegativeTripletLoss,
    SimCLRLoss,
    ViewConsistencyLoss,
)
from .necks import DeconvDecoder, FeatureMLP
from .prompts import ClassPrompts, FixedPrompts

__all__ = [
    "ADDA",
    "DRUDA",
    "FLIP",
    "CLIPPretraining",
    "ClassPrompts",
    "DeconvDecoder",
    "EmbeddingDistillationLoss",
    "FASDataPreprocessor",
    "FLIPHead",
    "FLIPITHead",
    "FLIPMCLHead",
    "FLIPStudent",
    "FLIPVHead",
    "FeatureMLP",
    "FixedPrompts",
    "KNNHead",
    "LinearProbeHead",
    "LogitDistillationLoss",
    "LossTerm",
    "MiniFASNet",
    "OpenCLIP",
    "RandomNegativeTripletLoss",
    "SimCLRLoss",
    "SmallCNN",
    "TimmTower",
    "ViTAF",
    "ViTAFTower",
    "ViewConsistencyLoss",
    "VisionLanguageBackbone",
]
