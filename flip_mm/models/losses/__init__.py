# SPDX-License-Identifier: Apache-2.0
"""Losses, each a pure function and a thin module. A new one is a file here and its line below."""

from .loss_term import LossTerm, TrainingBatch
from .simclr_loss import SimCLRLoss, nt_xent
from .view_consistency_loss import ViewConsistencyLoss, view_consistency

__all__ = ["LossTerm", "SimCLRLoss", "TrainingBatch", "ViewConsistencyLoss", "nt_xent", "view_consistency"]
