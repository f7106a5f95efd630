"""RfMeta, protocol 1: meta-learning over domains with a depth loss, as in the released code.

    python tools/train.py configs/rfmeta/rfmeta.py --target O

Needs depth maps (docs/depth.md) and at least two source domains.
"""

_base_ = [
    "../_base_/models/rfmeta.py",
    "../_base_/datasets/mcio_depth_noflip_bs10_256.py",
    "../_base_/schedules/depthnet_30k.py",
    "../_base_/default_runtime.py",
]
