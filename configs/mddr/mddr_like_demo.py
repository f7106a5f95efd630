"""MDDR-like on the synthetic data set, from random weights, for a laptop's CPU.

    python tools/train.py configs/mddr/mddr_like_demo.py --target O

Metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/mddr_like.py",
    "../_base_/datasets/demo_bs3_32.py",
    "../_base_/schedules/mddr_like.py",
    "../_base_/default_runtime.py",
]
model = dict(
    backbone=dict(stem_channels=8, base_channels=8, init_cfg=None),
    head=dict(in_channels=64),
    generator=dict(image_size=32, channels=(64, 32, 16)),
    discriminator=dict(image_size=32, channels=(16, 24, 32)),
)
optim_wrapper = dict(branches=dict(optimizer=dict(lr=1e-3)))
train_cfg = dict(max_iters=300, val_interval=150)
default_hooks = dict(checkpoint=dict(interval=150))
