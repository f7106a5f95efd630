# SPDX-License-Identifier: Apache-2.0
"""Backbones, prompts, heads, losses and classifiers of FLIP and other vision-language methods."""

from .backbones import DepthNet, MiniFASNet, OpenCLIP, SmallCNN, TimmTower, ViTAFTower, VisionLanguageBackbone
from .classifiers import ADDA, CLIPPretraining, DRUDA, DepthClassifier, FLIP, FLIPStudent, RfMeta, SSAN, SSDG, ViTAF
from .data_preprocessor import FASDataPreprocessor
from .heads import BottleneckHead, DepthEstimator, DiVTHead, FLIPHead, FLIPITHead, FLIPMCLHead, FLIPVHead, KNNHead, LinearProbeHead
from .losses import EmbeddingDistillationLoss, LogitDistillationLoss, LossTerm, RandomNegativeTripletLoss, SimCLRLoss, ViewConsistencyLoss
from .necks import DeconvDecoder, DepthEmbedder, FeatureMLP, ResidualStage, StyleAssembly
from .prompts import ClassPrompts, FixedPrompts

__all__ = ["ADDA", "BottleneckHead", "CLIPPretraining", "ClassPrompts", "DRUDA", "DeconvDecoder", "DepthClassifier", "DepthEmbedder", "DepthEstimator", "DepthNet", "DiVTHead", "EmbeddingDistillationLoss", "FASDataPreprocessor", "FLIP", "FLIPHead", "FLIPITHead", "FLIPMCLHead", "FLIPStudent", "FLIPVHead", "FeatureMLP", "FixedPrompts", "KNNHead", "LinearProbeHead", "LogitDistillationLoss", "LossTerm", "MiniFASNet", "OpenCLIP", "RandomNegativeTripletLoss", "ResidualStage", "RfMeta", "SSAN", "SSDG", "SimCLRLoss", "SmallCNN", "StyleAssembly", "TimmTower", "ViTAF", "ViTAFTower", "ViewConsistencyLoss", "VisionLanguageBackbone"]
