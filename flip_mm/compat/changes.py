# SPDX-License-Identifier: Apache-2.0
"""Makes all changes to other packages."""

from . import distributed, quiet, safe_loading


def apply() -> None:
    """Make all of them; a second call changes nothing more."""
    safe_loading.apply()
    distributed.apply()
    quiet.apply()
