"""ANRL with a narrow DepthNet on the synthetic data set, from random weights, for a laptop's CPU.

    flip_mm synth --out data/demo --depth
    python tools/train.py configs/anrl/anrl_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/anrl.py",
    "../_base_/datasets/demo_depth_64.py",
    "../_base_/schedules/adam_demo.py",
    "../_base_/default_runtime.py",
]
model = dict(
    backbone=dict(channels=(8, 12, 16, 24)),
    embedder=dict(in_channels=72, channels=(24, 32, 64)),
    depth_estimator=dict(in_channels=72, channels=(24, 16)),
    epoch_iters=20,
)
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=80, eta_min=1e-5)]
train_cfg = dict(max_iters=80, val_interval=40)
default_hooks = dict(checkpoint=dict(interval=40))
