# SPDX-License-Identifier: Apache-2.0
"""Data sets, protocols, batches and transforms."""

from flip_mm.utils.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    fas_dataset=["FASDataset"],
    protocols=["Run", "get_run"],
    registration=["register_domain", "register_protocol"],
    samplers=["DomainClassBatchSampler"],
    transforms=["AppendHSV", "ByRole", "LoadDepth", "LoadFrame", "SaturationJitter"],
)
