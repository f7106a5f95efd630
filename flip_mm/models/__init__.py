# SPDX-License-Identifier: Apache-2.0
"""Backbones, prompts, heads, losses and classifiers of FLIP and other vision-language methods."""

from .backbones import (
    DepthNet,
    DRCNEncoder,
    DupGANEncoder,
    MiniFASNet,
    OpenCLIP,
    SmallCNN,
    StemResNet,
    TimmTower,
    VisionLanguageBackbone,
    ViTAFTower,
)
from .classifiers import (
    CDFTN,
    CDFTNL,
    DRCN,
    FLIP,
    LGSC,
    SSDG,
    CLIPPretraining,
    DepthClassifier,
    DupGAN,
    FLIPStudent,
    RfMeta,
    ViTAF,
)
from .data_preprocessor import FASDataPreprocessor
from .generators import CDFTNTranslator, DRCNDecoder, DupGANDiscriminator, DupGANGenerator
from .heads import BottleneckHead, DepthEstimator, FLIPHead, FLIPITHead, FLIPMCLHead, FLIPVHead, LinearProbeHead
from .losses import EmbeddingDistillationLoss, LogitDistillationLoss, LossTerm, SimCLRLoss, ViewConsistencyLoss
from .necks import CueDecoder, DepthEmbedder, LeakyReLUNeck, ResidualStage
from .prompts import ClassPrompts, FixedPrompts

__all__ = [
    "CDFTN",
    "CDFTNL",
    "DRCN",
    "FLIP",
    "LGSC",
    "SSDG",
    "BottleneckHead",
    "CDFTNTranslator",
    "CLIPPretraining",
    "ClassPrompts",
    "CueDecoder",
    "DRCNDecoder",
    "DRCNEncoder",
    "DepthClassifier",
    "DepthEmbedder",
    "DepthEstimator",
    "DepthNet",
    "DupGAN",
    "DupGANDiscriminator",
    "DupGANEncoder",
    "DupGANGenerator",
    "EmbeddingDistillationLoss",
    "FASDataPreprocessor",
    "FLIPHead",
    "FLIPITHead",
    "FLIPMCLHead",
    "FLIPStudent",
    "FLIPVHead",
    "FixedPrompts",
    "LeakyReLUNeck",
    "LinearProbeHead",
    "LogitDistillationLoss",
    "LossTerm",
    "MiniFASNet",
    "OpenCLIP",
    "ResidualStage",
    "RfMeta",
    "SimCLRLoss",
    "SmallCNN",
    "StemResNet",
    "TimmTower",
    "ViTAF",
    "ViTAFTower",
    "ViewConsistencyLoss",
    "VisionLanguageBackbone",
]
