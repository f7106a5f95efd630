# SPDX-License-Identifier: Apache-2.0
"""Backbones, prompts, heads, losses and classifiers of FLIP and other vision-language methods."""

from .backbones import DRCNEncoder, DupGANEncoder, MiniFASNet, OpenCLIP, SmallCNN, TimmTower, VisionLanguageBackbone
from .classifiers import DRCN, FLIP, CLIPPretraining, DupGAN, FLIPStudent
from .data_preprocessor import FASDataPreprocessor
from .generators import DRCNDecoder, DupGANDiscriminator, DupGANGenerator
from .heads import FLIPHead, FLIPITHead, FLIPMCLHead, FLIPVHead, LinearProbeHead
from .losses import (
    EmbeddingDistillationLoss,
    LogitDistillationLoss,
    LossTerm,
    SimCLRLoss,
    ViewConsistencyLoss,
)
from .necks import LeakyReLUNeck
from .prompts import ClassPrompts, FixedPrompts

__all__ = [
    "DRCN",
    "FLIP",
    "CLIPPretraining",
    "ClassPrompts",
    "DRCNDecoder",
    "DRCNEncoder",
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
    "SimCLRLoss",
    "SmallCNN",
    "TimmTower",
    "ViewConsistencyLoss",
    "VisionLanguageBackbone",
]
