# SPDX-License-Identifier: Apache-2.0
"""What a training has learnt: attention, mistakes, embeddings, curves over domains; what its inputs look like."""

from flip_mm.utils.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    run_analysis=["AnalysisOptions", "RunAnalysis"],
    work_dirs=["analyze"],
)
