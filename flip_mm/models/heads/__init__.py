# SPDX-License-Identifier: Apache-2.0
"""The heads of FLIP-V, FLIP-IT and FLIP-MCL, a linear probe, and their base class."""

from .am_softmax_head import AMSoftmaxHead
from .base import FLIPHead
from .bottleneck_head import BottleneckHead
from .depth_estimator import DepthEstimator
from .depth_map_head import DepthMapHead
from .divt_head import DiVTHead
from .fixed_direction_head import FixedDirectionHead
from .flip_it_head import FLIPITHead
from .flip_mcl_head import FLIPMCLHead
from .flip_v_head import FLIPVHead
from .knn_head import KNNHead
from .ksa_head import KSAHead
from .linear_probe_head import LinearProbeHead

__all__ = [
    "AMSoftmaxHead",
    "BottleneckHead",
    "DepthEstimator",
    "DepthMapHead",
    "DiVTHead",
    "FLIPHead",
    "FLIPITHead",
    "FLIPMCLHead",
    "FLIPVHead",
    "FixedDirectionHead",
    "KNNHead",
    "KSAHead",
    "LinearProbeHead",
]
