# SPDX-License-Identifier: Apache-2.0
"""Loss terms: each is a pure function and a module. To add one, add a file, its import below and its name to ``__all__``."""

from .loss_term import LossTerm, TrainingBatch
from .simclr_loss import SimCLRLoss, nt_xent
from .view_consistency_loss import ViewConsistencyLoss, view_consistency

__all__ = ["LossTerm", "SimCLRLoss", "TrainingBatch", "ViewConsistencyLoss", "nt_xent", "view_consistency"]
