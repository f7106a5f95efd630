# SPDX-License-Identifier: Apache-2.0
"""Apply all changes to other packages."""

from . import distributed, quiet, safe_loading


def apply() -> None:
    """Apply all changes; a second call has no effect."""
    safe_loading.apply()
    distributed.apply()
    quiet.apply()
