# SPDX-License-Identifier: Apache-2.0
"""Backbones, heads, losses and the algorithm of FLIP."""

from .backbones import OpenCLIP
from .classifiers import FLIP
from .data_preprocessor import FASDataPreprocessor
from .heads import FLIPITHead, FLIPMCLHead, FLIPVHead
from .losses import SimCLRLoss, ViewConsistencyLoss

__all__ = [
    "FLIP",
    "FASDataPreprocessor",
    "FLIPITHead",
    "FLIPMCLHead",
    "FLIPVHead",
    "OpenCLIP",
    "SimCLRLoss",
    "ViewConsistencyLoss",
]
