# SPDX-License-Identifier: Apache-2.0
"""All changes that flip_mm makes to other packages (docs/compat.md), and safe loading of checkpoints."""

from flip_mm.utils.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__, changes=["apply"], safe_loading=["load_checkpoint_file"])
