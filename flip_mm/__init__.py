# SPDX-License-Identifier: Apache-2.0
"""flip_mm: language-guided face anti-spoofing (FLIP, ICCV 2023) as a plugin of MMPretrain."""

__version__ = "0.1.0"

from . import datasets, engine, evaluation, models  # noqa: F401
