# SPDX-License-Identifier: Apache-2.0
"""Necks: modules between the embeddings and a loss."""

from .cue_decoder import CueDecoder
from .depth_embedder import DepthEmbedder
from .feature_mlp import FeatureMLP
from .leaky_relu_neck import LeakyReLUNeck
from .projector import build_projector
from .residual_stage import ResidualStage
from .style_assembly import StyleAssembly

__all__ = [
    "CueDecoder",
    "DepthEmbedder",
    "FeatureMLP",
    "LeakyReLUNeck",
    "ResidualStage",
    "StyleAssembly",
    "build_projector",
]
