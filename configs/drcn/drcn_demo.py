"""DRCN on the synthetic data set, from random weights, for a laptop's CPU; it trains on unlabelled target images.

    python tools/train.py configs/drcn/drcn_demo.py --target O

Metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/drcn.py",
    "../_base_/datasets/demo_adapt_bs3_32.py",
    "../_base_/schedules/drcn.py",
    "../_base_/default_runtime.py",
]
channels = (16, 24, 32)
model = dict(
    backbone=dict(image_size=32, channels=channels, hidden=64),
    head=dict(in_channels=64),
    decoder=dict(image_size=32, channels=channels, hidden=64),
)
optim_wrapper = dict(autoencoder=dict(optimizer=dict(lr=1e-3)), classifier=dict(optimizer=dict(lr=1e-3)))
train_dataloader = dict(batch_size=4)
auto_scale_lr = dict(base_batch_size=4)
train_cfg = dict(max_iters=600, val_interval=200)
default_hooks = dict(checkpoint=dict(interval=200))
