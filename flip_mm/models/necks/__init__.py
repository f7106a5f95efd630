# SPDX-License-Identifier: Apache-2.0
"""Necks: modules between the embeddings and a loss."""

from .deconv_decoder import DeconvDecoder
from .feature_mlp import FeatureMLP
from .projector import build_projector

__all__ = ["DeconvDecoder", "FeatureMLP", "build_projector"]
