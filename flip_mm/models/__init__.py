# SPDX-License-Identifier: Apache-2.0
"""Backbones, prompts, heads, losses and classifiers of FLIP and other vision-language methods."""

from .backbones import DepthNet, MiniFASNet, OpenCLIP, SmallCNN, TimmTower, ViTAFTower, VisionLanguageBackbone
from .classifiers import CLIPPretraining, DepthClassifier, FLIP, FLIPStudent, RfMeta, SSAN, SSDG, ViTAF
from .data_preprocessor import FASDataPreprocessor
from .heads import BottleneckHead, DepthEstimator, DiVTHead, FLIPHead, FLIPITHead, FLIPMCLHead, FLIPVHead, LinearProbeHead
from .losses import EmbeddingDistillationLoss, LogitDistillationLoss, LossTerm, SimCLRLoss, ViewConsistencyLoss
from .necks import DepthEmbedder, ResidualStage, StyleAssembly
from .prompts import ClassPrompts, FixedPrompts

__all__ = ["BottleneckHead", "CLIPPretraining", "ClassPrompts", "DepthClassifier", "DepthEmbedder", "DepthEstimator", "DepthNet", "DiVTHead", "EmbeddingDistillationLoss", "FASDataPreprocessor", "FLIP", "FLIPHead", "FLIPITHead", "FLIPMCLHead", "FLIPStudent", "FLIPVHead", "FixedPrompts", "LinearProbeHead", "LogitDistillationLoss", "LossTerm", "MiniFASNet", "OpenCLIP", "ResidualStage", "RfMeta", "SSAN", "SSDG", "SimCLRLoss", "SmallCNN", "StyleAssembly", "TimmTower", "ViTAF", "ViTAFTower", "ViewConsistencyLoss", "VisionLanguageBackbone"]
