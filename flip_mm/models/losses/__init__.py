# SPDX-License-Identifier: Apache-2.0
"""Loss terms: each is a pure function and a module. To add one, add a file, its import below and its name to ``__all__``."""

from .batch_all_triplet import batch_all_triplet
from .contrast_depth_loss import ContrastDepthLoss
from .embedding_distillation_loss import EmbeddingDistillationLoss, distill_embeddings
from .entropy_loss import mean_entropy
from .hard_triplet_loss import cross_domain_triplets, hard_triplets
from .logit_distillation_loss import LogitDistillationLoss, distill_logits
from .loss_term import LossTerm, TeacherOutputs, TrainingBatch
from .random_negative_triplet_loss import RandomNegativeTripletLoss, draw_triplets, triplet_loss
from .simclr_loss import SimCLRLoss, nt_xent
from .view_consistency_loss import ViewConsistencyLoss, view_consistency

__all__ = [
    "ContrastDepthLoss",
    "EmbeddingDistillationLoss",
    "LogitDistillationLoss",
    "LossTerm",
    "RandomNegativeTripletLoss",
    "SimCLRLoss",
    "TeacherOutputs",
    "TrainingBatch",
    "ViewConsistencyLoss",
    "batch_all_triplet",
    "cross_domain_triplets",
    "distill_embeddings",
    "distill_logits",
    "draw_triplets",
    "hard_triplets",
    "mean_entropy",
    "nt_xent",
    "triplet_loss",
    "view_consistency",
]
