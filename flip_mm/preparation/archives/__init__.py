# SPDX-License-Identifier: Apache-2.0
"""List the files of archives; the rules for each data set are in :mod:`flip_mm.datasets.sets`."""

from flip_mm.datasets.sets import ARCHIVES

__all__ = ["ARCHIVES"]
