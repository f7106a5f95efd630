"""CDFTN-L, protocol 3, re-implemented from the paper, its second stage LGSC; it trains on unlabelled target images.

    python tools/train.py configs/cdftn/cdftn_l.py --source C --target I

This is the second stage, after cdftn.py: `flip_mm run configs/cdftn/cdftn_l.py` trains both. 96 images a step: 48 of the
source, and the same with the look of the target.
"""

_base_ = [
    "../_base_/models/lgsc.py",
    "../_base_/datasets/mcio_p3_adapt_bs10_256.py",
    "../_base_/schedules/lgsc.py",
    "../_base_/default_runtime.py",
]
previous_stage = "cdftn.py"
model = dict(
    type="CDFTNL",
    translator=dict(type="CDFTNTranslator", channels=(64, 128, 256, 256), blocks=4, latent=256),
)
train_dataloader = dict(batch_size=24)
auto_scale_lr = dict(base_batch_size=24)
default_hooks = dict(warm_start=dict(type="WarmStartHook"))
