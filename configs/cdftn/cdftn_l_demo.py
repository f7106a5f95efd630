"""CDFTN-L on the synthetic data set, from random weights, for a laptop's CPU; it trains on unlabelled target images.

    python tools/train.py configs/cdftn/cdftn_l_demo.py --target O

This is the second stage: `flip_mm run configs/cdftn/cdftn_l_demo.py` trains both. The score is that of the
classifier, as in lgsc_demo.py. Metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/lgsc_small.py",
    "../_base_/datasets/demo_adapt_bs3_32.py",
    "../_base_/schedules/adam_4k.py",
    "../_base_/default_runtime.py",
]
previous_stage = "cdftn_demo.py"
model = dict(
    type="CDFTNL",
    score="classifier",
    translator=dict(type="CDFTNTranslator", channels=(8, 16, 32), blocks=1, latent=32),
)
optim_wrapper = dict(optimizer=dict(lr=2e-3, weight_decay=1e-5))
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=300, eta_min=1e-5)]
train_cfg = dict(max_iters=300, val_interval=150)
default_hooks = dict(warm_start=dict(type="WarmStartHook"), checkpoint=dict(interval=150))
