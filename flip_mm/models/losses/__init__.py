# SPDX-License-Identifier: Apache-2.0
"""Loss terms: each is a pure function and a module. To add one, add a file, its import below and its name to ``__all__``."""

from .batch_all_triplet import batch_all_triplet
from .embedding_distillation_loss import EmbeddingDistillationLoss, distill_embeddings
from .hard_triplet_loss import cross_domain_triplets, hard_triplets
from .logit_distillation_loss import LogitDistillationLoss, distill_logits
from .loss_term import LossTerm, TeacherOutputs, TrainingBatch
from .simclr_loss import SimCLRLoss, nt_xent
from .view_consistency_loss import ViewConsistencyLoss, view_consistency

__all__ = [
    "EmbeddingDistillationLoss",
    "LogitDistillationLoss",
    "LossTerm",
    "SimCLRLoss",
    "TeacherOutputs",
    "TrainingBatch",
    "ViewConsistencyLoss",
    "batch_all_triplet",
    "cross_domain_triplets",
    "distill_embeddings",
    "distill_logits",
    "hard_triplets",
    "nt_xent",
    "view_consistency",
]
