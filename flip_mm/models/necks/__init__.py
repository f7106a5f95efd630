# SPDX-License-Identifier: Apache-2.0
"""What stands between embeddings and losses."""

from .projector import build_projector

__all__ = ["build_projector"]
