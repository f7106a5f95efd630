# SPDX-License-Identifier: Apache-2.0
"""Losses of FLIP-MCL."""

from .simclr_loss import SimCLRLoss, nt_xent
from .view_consistency_loss import ViewConsistencyLoss, view_consistency

__all__ = ["SimCLRLoss", "ViewConsistencyLoss", "nt_xent", "view_consistency"]
