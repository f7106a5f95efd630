"""DRDG-like with a narrow DepthNet on the synthetic data set, from random weights, for a laptop's CPU.

    flip_mm synth --out data/demo --depth
    python tools/train.py configs/drdg/drdg_like_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/drdg_like.py",
    "../_base_/datasets/demo_depth_64.py",
    "../_base_/schedules/drdg_like.py",
    "../_base_/default_runtime.py",
]
model = dict(
    backbone=dict(channels=(16, 24, 32, 24)),
    embedder=dict(in_channels=24, channels=(24, 32, 64)),
    depth_estimator=dict(in_channels=72, channels=(24, 16)),
    reversal_iters=200,
)
auto_scale_lr = dict(base_batch_size=3)
train_cfg = dict(max_iters=200, val_interval=100)
default_hooks = dict(checkpoint=dict(interval=100))
