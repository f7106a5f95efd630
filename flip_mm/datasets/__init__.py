# SPDX-License-Identifier: Apache-2.0
"""Data sets, protocols, batches and transforms."""

from .fas_dataset import FASDataset
from .protocols import Run, get_run
from .registration import register_domain, register_protocol
from .samplers import DomainClassBatchSampler
from .transforms import LoadFrame, SaturationJitter

__all__ = [
    "DomainClassBatchSampler",
    "FASDataset",
    "LoadFrame",
    "Run",
    "SaturationJitter",
    "get_run",
    "register_domain",
    "register_protocol",
]
