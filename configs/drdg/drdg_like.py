"""DRDG-like, protocol 1: samples and features are reweighted by their domain bias.

    python tools/train.py configs/drdg/drdg_like.py --target O

Only the ideas of the paper are known: this is no reproduction. Needs depth maps (docs/depth.md) and at least two source
domains. Optimizer, batch and length: as RfMeta, a choice.
"""

_base_ = [
    "../_base_/models/drdg_like.py",
    "../_base_/datasets/mcio_depth_noflip_bs10_256.py",
    "../_base_/schedules/drdg_like.py",
    "../_base_/default_runtime.py",
]
