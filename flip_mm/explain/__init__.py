# SPDX-License-Identifier: Apache-2.0
"""Why a model answers as it does: maps of a face, prompts, moved crops and classical cues, as PNG and HTML."""

from flip_mm.utils.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    explanation=["Explanation"],
    face_explanation=["explain", "explain_crop", "explain_result"],
)
