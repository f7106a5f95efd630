# SPDX-License-Identifier: Apache-2.0
"""Necks: modules between the embeddings and a loss."""

from .projector import build_projector

__all__ = ["build_projector"]
