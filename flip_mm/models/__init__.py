# SPDX-License-Identifier: Apache-2.0
"""Backbones, prompts, heads, losses and classifiers of FLIP and other vision-language methods."""

from .backbones import DRCNEncoder, DRLMDepthNet, DepthNet, DupGANEncoder, MiniFASNet, OpenCLIP, SmallCNN, TimmTower, ViTAFTower, VisionLanguageBackbone
from .classifiers import ADDA, CLIPPretraining, D2AM, DRCN, DRUDA, DepthClassifier, DupGAN, FLIP, FLIPStudent, RfMeta, SSAN, SSDG, ViTAF
from .data_preprocessor import FASDataPreprocessor
from .generators import DRCNDecoder, DupGANDiscriminator, DupGANGenerator
from .heads import BottleneckHead, DepthEstimator, DiVTHead, FLIPHead, FLIPITHead, FLIPMCLHead, FLIPVHead, KNNHead, LinearProbeHead
from .losses import EmbeddingDistillationLoss, LogitDistillationLoss, LossTerm, RandomNegativeTripletLoss, SimCLRLoss, ViewConsistencyLoss
from .necks import DeconvDecoder, DepthEmbedder, FeatureMLP, LeakyReLUNeck, ResidualStage, StyleAssembly
from .prompts import ClassPrompts, FixedPrompts

__all__ = ["ADDA", "BottleneckHead", "CLIPPretraining", "ClassPrompts", "D2AM", "DRCN", "DRCNDecoder", "DRCNEncoder", "DRLMDepthNet", "DRUDA", "DeconvDecoder", "DepthClassifier", "DepthEmbedder", "DepthEstimator", "DepthNet", "DiVTHead", "DupGAN", "DupGANDiscriminator", "DupGANEncoder", "DupGANGenerator", "EmbeddingDistillationLoss", "FASDataPreprocessor", "FLIP", "FLIPHead", "FLIPITHead", "FLIPMCLHead", "FLIPStudent", "FLIPVHead", "FeatureMLP", "FixedPrompts", "KNNHead", "LeakyReLUNeck", "LinearProbeHead", "LogitDistillationLoss", "LossTerm", "MiniFASNet", "OpenCLIP", "RandomNegativeTripletLoss", "ResidualStage", "RfMeta", "SSAN", "SSDG", "SimCLRLoss", "SmallCNN", "StyleAssembly", "TimmTower", "ViTAF", "ViTAFTower", "ViewConsistencyLoss", "VisionLanguageBackbone"]
