# SPDX-License-Identifier: Apache-2.0
"""Archives that can be converted: their rules are in :mod:`flip_mm.datasets.sets`, their files are listed here."""

from flip_mm.datasets.sets import ARCHIVES

__all__ = ["ARCHIVES"]
