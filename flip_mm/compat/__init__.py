# SPDX-License-Identifier: Apache-2.0
"""Every change that flip_mm makes to another package, and the code that loads its files safely."""

from . import distributed, safe_loading
from .safe_loading import load_checkpoint_file

__all__ = ["apply", "load_checkpoint_file"]


def apply() -> None:
    """Make all of them; a second call changes nothing more."""
    safe_loading.apply()
    distributed.apply()
