"""GDA-like, protocol 1: stage 1, the source model, with class and depth.

    python tools/train.py configs/gda/gda_source.py --target O

Needs depth maps (docs/depth.md). Stage 2: gda_like.py. Optimizer, batch and length: as RfMeta, a choice.
"""

_base_ = [
    "../_base_/models/gda_source.py",
    "../_base_/datasets/mcio_depth_noflip_bs10_256.py",
    "../_base_/schedules/depthnet_30k.py",
    "../_base_/default_runtime.py",
]
