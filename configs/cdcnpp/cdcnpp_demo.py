"""CDCN++ with few channels on the synthetic data set with depth maps of 8x8, from random weights, for a laptop's CPU.

    flip_mm synth --out data/demo_depth --depth
    python tools/train.py configs/cdcnpp/cdcnpp_demo.py --target O --data-root data/demo_depth

Shows that everything works; metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/cdcnpp.py",
    "../_base_/datasets/demo_depth_rgb_64.py",
    "../_base_/schedules/adam_demo.py",
    "../_base_/default_runtime.py",
]
model = dict(
    backbone=dict(stem=8, blocks=((16, 24, 16), (20, 16, 24, 16), (16, 20, 16)), map_size=8),
    head=dict(in_channels=48, channels=(16,)),
)
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=400, eta_min=1e-5)]
train_cfg = dict(max_iters=400, val_interval=100)
default_hooks = dict(checkpoint=dict(interval=200))
