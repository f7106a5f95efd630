# SPDX-License-Identifier: Apache-2.0
"""Every change that flip_mm makes to another package (docs/compat.md), and the code that loads its files safely."""

from flip_mm.utils.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__, changes=["apply"], safe_loading=["load_checkpoint_file"])
