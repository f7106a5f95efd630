"""ADA, stage 1, on the synthetic data set: a narrow ResNet-18 at 64 px.

    python tools/train.py configs/ada/ada_source_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/ada_source.py",
    "../_base_/datasets/demo_bs3_64.py",
    "../_base_/schedules/adam_demo.py",
    "../_base_/default_runtime.py",
]
model = dict(
    backbone=dict(stem_channels=16, base_channels=16),
    neck=dict(in_channels=128, channels=(64, 32)),
    head=dict(in_channels=32, memory_size=512),
)
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=400, eta_min=1e-5)]
train_cfg = dict(max_iters=400, val_interval=200)
default_hooks = dict(checkpoint=dict(interval=200), memory=dict(type="NeighbourMemoryHook"))
