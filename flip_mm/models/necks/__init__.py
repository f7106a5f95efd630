# SPDX-License-Identifier: Apache-2.0
"""Necks: modules between the embeddings and a loss."""

from .cue_decoder import CueDecoder
from .depth_embedder import DepthEmbedder
from .leaky_relu_neck import LeakyReLUNeck
from .projector import build_projector
from .residual_stage import ResidualStage

__all__ = ["CueDecoder", "DepthEmbedder", "LeakyReLUNeck", "ResidualStage", "build_projector"]
