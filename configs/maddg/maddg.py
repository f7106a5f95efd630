"""MADDG, protocol 1: a depth loss, a triplet loss over domains and a critic for each source, as in the released code.

    flip_mm run maddg --runs O

Stage 2, with the encoders of stage 1 (maddg_extractors.py); python tools/train.py configs/maddg/maddg.py --target O needs
load_from. Needs depth maps (docs/depth.md) and at least two source domains.
"""

_base_ = [
    "../_base_/models/maddg.py",
    "../_base_/datasets/mcio_depth_noflip_bs10_256.py",
    "../_base_/schedules/maddg_30k.py",
    "../_base_/default_runtime.py",
]
previous_stage = "maddg_extractors.py"
default_hooks = dict(warm_start=dict(type="WarmStartHook", parts=["source_encoders"]))
