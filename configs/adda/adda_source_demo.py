"""ADDA, stage 1, on the synthetic data set: a narrow ResNet-18 at 64 px.

    python tools/train.py configs/adda/adda_source_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/adda_source.py",
    "../_base_/datasets/demo_bs3_64.py",
    "../_base_/schedules/adam_demo.py",
    "../_base_/default_runtime.py",
]
model = dict(
    backbone=dict(stem_channels=16, base_channels=16, init_cfg=None),
    neck=dict(in_channels=128, channels=(64,)),
    head=dict(in_channels=64),
)
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=200, eta_min=1e-5)]
train_cfg = dict(max_iters=200, val_interval=100)
default_hooks = dict(checkpoint=dict(interval=100))
