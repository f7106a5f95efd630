# SPDX-License-Identifier: Apache-2.0
"""The heads of FLIP-V, FLIP-IT and FLIP-MCL, a linear probe, and their base class."""

from .base import FLIPHead
from .bottleneck_head import BottleneckHead
from .depth_estimator import DepthEstimator
from .depth_map_head import DepthMapHead
from .flip_it_head import FLIPITHead
from .flip_mcl_head import FLIPMCLHead
from .flip_v_head import FLIPVHead
from .linear_probe_head import LinearProbeHead

__all__ = [
    "BottleneckHead",
    "DepthEstimator",
    "DepthMapHead",
    "FLIPHead",
    "FLIPITHead",
    "FLIPMCLHead",
    "FLIPVHead",
    "LinearProbeHead",
]
