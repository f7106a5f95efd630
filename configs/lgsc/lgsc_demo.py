"""LGSC on the synthetic data set, from random weights, for a laptop's CPU.

    python tools/train.py configs/lgsc/lgsc_demo.py --target O

The score is that of the classifier: so short a training separates the classes by it, not by the mean cue, which the release
uses. Metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/lgsc_small.py",
    "../_base_/datasets/demo_bs3_32.py",
    "../_base_/schedules/adam_4k.py",
    "../_base_/default_runtime.py",
]
model = dict(score="classifier")
optim_wrapper = dict(optimizer=dict(lr=2e-3, weight_decay=1e-5))
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=400, eta_min=1e-5)]
train_cfg = dict(max_iters=400, val_interval=200)
default_hooks = dict(checkpoint=dict(interval=200))
