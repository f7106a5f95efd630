# SPDX-License-Identifier: Apache-2.0
"""Backbones, prompts, heads, losses and classifiers of FLIP and other vision-language methods."""

from .backbones import DRCNEncoder, DRLMDepthNet, DepthNet, DupGANEncoder, MiniFASNet, OpenCLIP, SmallCNN, StemResNet, TimmTower, ViTAFTower, VisionLanguageBackbone
from .classifiers import ADDA, CLIPPretraining, D2AM, DRCN, DRUDA, DepthClassifier, DupGAN, FLIP, FLIPStudent, LGSC, PatchNet, RfMeta, SSAN, SSDG, USDAN, ViTAF
from .data_preprocessor import FASDataPreprocessor
from .generators import DRCNDecoder, DupGANDiscriminator, DupGANGenerator
from .heads import AMSoftmaxHead, BottleneckHead, DepthEstimator, DiVTHead, FLIPHead, FLIPITHead, FLIPMCLHead, FLIPVHead, FixedDirectionHead, KNNHead, LinearProbeHead
from .losses import EmbeddingDistillationLoss, LogitDistillationLoss, LossTerm, RandomNegativeTripletLoss, SimCLRLoss, ViewConsistencyLoss
from .necks import CueDecoder, DeconvDecoder, DepthEmbedder, FeatureMLP, LeakyReLUNeck, ResidualStage, StyleAssembly
from .prompts import ClassPrompts, FixedPrompts

__all__ = ["ADDA", "AMSoftmaxHead", "BottleneckHead", "CLIPPretraining", "ClassPrompts", "CueDecoder", "D2AM", "DRCN", "DRCNDecoder", "DRCNEncoder", "DRLMDepthNet", "DRUDA", "DeconvDecoder", "DepthClassifier", "DepthEmbedder", "DepthEstimator", "DepthNet", "DiVTHead", "DupGAN", "DupGANDiscriminator", "DupGANEncoder", "DupGANGenerator", "EmbeddingDistillationLoss", "FASDataPreprocessor", "FLIP", "FLIPHead", "FLIPITHead", "FLIPMCLHead", "FLIPStudent", "FLIPVHead", "FeatureMLP", "FixedDirectionHead", "FixedPrompts", "KNNHead", "LGSC", "LeakyReLUNeck", "LinearProbeHead", "LogitDistillationLoss", "LossTerm", "MiniFASNet", "OpenCLIP", "PatchNet", "RandomNegativeTripletLoss", "ResidualStage", "RfMeta", "SSAN", "SSDG", "SimCLRLoss", "SmallCNN", "StemResNet", "StyleAssembly", "TimmTower", "USDAN", "ViTAF", "ViTAFTower", "ViewConsistencyLoss", "VisionLanguageBackbone"]
