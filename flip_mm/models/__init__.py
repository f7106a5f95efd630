# SPDX-License-Identifier: Apache-2.0
"""Backbones, prompts, heads, losses and classifiers of FLIP and other vision-language methods."""

from .backbones import CDCN, ColorLBP, DRCNEncoder, DRLMDepthNet, DepthNet, DupGANEncoder, MiniFASNet, OpenCLIP, SmallCNN, StemResNet, StyleUNet, TimmTower, ViTAFTower, VisionLanguageBackbone
from .central_difference_conv import CentralDifferenceConv
from .classifiers import ADDA, ANRL, CDFTN, CDFTNL, CLIPPretraining, D2AM, DRCN, DRDGLike, DRUDA, DepthBaseline, DepthClassifier, DupGAN, FGHVLike, FLIP, FLIPStudent, FittedOnce, GDALike, LGSC, MADDG, MADDGExtractors, MDDR, PatchNet, RfMeta, SSAN, SSDG, SelfDALike, USDAN, ViTAF
from .data_preprocessor import FASDataPreprocessor
from .generators import CDFTNTranslator, DRCNDecoder, DupGANDiscriminator, DupGANGenerator
from .heads import AMSoftmaxHead, BottleneckHead, DepthEstimator, DepthMapHead, DiVTHead, FLIPHead, FLIPITHead, FLIPMCLHead, FLIPVHead, FixedDirectionHead, KNNHead, KSAHead, LinearProbeHead
from .losses import ContrastDepthLoss, EmbeddingDistillationLoss, LogitDistillationLoss, LossTerm, RandomNegativeTripletLoss, SimCLRLoss, ViewConsistencyLoss
from .necks import CueDecoder, DeconvDecoder, DepthEmbedder, FeatureMLP, LeakyReLUNeck, ResidualStage, StyleAssembly
from .prompts import ClassPrompts, FixedPrompts

__all__ = ["ADDA", "AMSoftmaxHead", "ANRL", "BottleneckHead", "CDCN", "CDFTN", "CDFTNL", "CDFTNTranslator", "CLIPPretraining", "CentralDifferenceConv", "ClassPrompts", "ColorLBP", "ContrastDepthLoss", "CueDecoder", "D2AM", "DRCN", "DRCNDecoder", "DRCNEncoder", "DRDGLike", "DRLMDepthNet", "DRUDA", "DeconvDecoder", "DepthBaseline", "DepthClassifier", "DepthEmbedder", "DepthEstimator", "DepthMapHead", "DepthNet", "DiVTHead", "DupGAN", "DupGANDiscriminator", "DupGANEncoder", "DupGANGenerator", "EmbeddingDistillationLoss", "FASDataPreprocessor", "FGHVLike", "FLIP", "FLIPHead", "FLIPITHead", "FLIPMCLHead", "FLIPStudent", "FLIPVHead", "FeatureMLP", "FittedOnce", "FixedDirectionHead", "FixedPrompts", "GDALike", "KNNHead", "KSAHead", "LGSC", "LeakyReLUNeck", "LinearProbeHead", "LogitDistillationLoss", "LossTerm", "MADDG", "MADDGExtractors", "MDDR", "MiniFASNet", "OpenCLIP", "PatchNet", "RandomNegativeTripletLoss", "ResidualStage", "RfMeta", "SSAN", "SSDG", "SelfDALike", "SimCLRLoss", "SmallCNN", "StemResNet", "StyleAssembly", "StyleUNet", "TimmTower", "USDAN", "ViTAF", "ViTAFTower", "ViewConsistencyLoss", "VisionLanguageBackbone"]
