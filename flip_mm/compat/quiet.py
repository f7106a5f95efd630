# SPDX-License-Identifier: Apache-2.0
"""Hides what other packages say about parts that flip_mm does not use, or about weights that it loads itself."""

from __future__ import annotations

import logging
import warnings


def hide_start_up_warnings() -> None:
    """Hide what is said while MMPretrain and open_clip are imported; called before they are."""
    warnings.filterwarnings("ignore", message="Fail to import ``MultiScaleDeformableAttention``")
    # A warning at compile time names the file instead of the module.
    warnings.filterwarnings("ignore", message=".*invalid escape sequence", module=r"(.*[\\/])?mmpretrain[\\/.]")
    logging.getLogger().addFilter(_is_no_remark_on_weights)


def apply() -> None:
    """Silence mmengine's FileClient, which its checkpoint hook uses: all that it says is that it is deprecated."""
    from mmengine.fileio import file_client

    file_client.print_log = lambda *args, **kwargs: None


def _is_no_remark_on_weights(record: logging.LogRecord) -> bool:
    """Open_clip logs this whenever a model is built before its weights are loaded, or is meant to be random."""
    return not record.getMessage().startswith("No pretrained weights loaded for model")
