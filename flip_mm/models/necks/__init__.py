# SPDX-License-Identifier: Apache-2.0
"""Necks: modules between the embeddings and a loss."""

from .leaky_relu_neck import LeakyReLUNeck
from .projector import build_projector

__all__ = ["LeakyReLUNeck", "build_projector"]
