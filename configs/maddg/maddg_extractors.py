"""MADDG, first stage: an encoder of each source, trained on the depth of that source alone.

    python tools/train.py configs/maddg/maddg_extractors.py --target O

Needs depth maps (docs/depth.md) and at least two source domains. `flip_mm run maddg` trains both stages.
"""

_base_ = [
    "../_base_/models/maddg_extractors.py",
    "../_base_/datasets/mcio_depth_noflip_bs10_256.py",
    "../_base_/schedules/depthnet_30k.py",
    "../_base_/default_runtime.py",
]
optim_wrapper = dict(optimizer=dict(lr=1e-4))
