# SPDX-License-Identifier: Apache-2.0
"""Necks: modules between the embeddings and a loss."""

from .depth_embedder import DepthEmbedder
from .projector import build_projector
from .residual_stage import ResidualStage

__all__ = ["DepthEmbedder", "ResidualStage", "build_projector"]
