# SPDX-License-Identifier: Apache-2.0
"""Necks: modules between the embeddings and a loss."""

from .depth_embedder import DepthEmbedder
from .projector import build_projector
from .residual_stage import ResidualStage
from .style_assembly import StyleAssembly

__all__ = ["DepthEmbedder", "ResidualStage", "StyleAssembly", "build_projector"]
