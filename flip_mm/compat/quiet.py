# SPDX-License-Identifier: Apache-2.0
"""Hide messages of other packages about parts that flip_mm does not use, or about weights that it loads later."""

from __future__ import annotations

import logging
import warnings


def hide_start_up_warnings() -> None:
    """Hide warnings while MMPretrain and open_clip are imported; call this before."""
    warnings.filterwarnings("ignore", message="Fail to import ``MultiScaleDeformableAttention``")
    # Warnings of the compiler contain the file instead of the module.
    warnings.filterwarnings("ignore", message=".*invalid escape sequence", module=r"(.*[\\/])?mmpretrain[\\/.]")
    logging.getLogger().addFilter(_is_other_message)


def apply() -> None:
    """Hide the deprecation warning of mmengine's FileClient, which its checkpoint hook uses."""
    from mmengine.fileio import file_client

    file_client.print_log = lambda *args, **kwargs: None


def _is_other_message(record: logging.LogRecord) -> bool:
    """False for open_clip's message about missing weights: flip_mm loads them later, or wants random weights."""
    return not record.getMessage().startswith("No pretrained weights loaded for model")
