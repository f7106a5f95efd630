"""The first stage of DupGAN on the synthetic data set, from random weights, for a laptop's CPU.

    python tools/train.py configs/dupgan/dupgan_source_demo.py --target O

Metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/dupgan_source.py",
    "../_base_/datasets/demo_bs3_32.py",
    "../_base_/schedules/adam_4k.py",
    "../_base_/default_runtime.py",
]
model = dict(
    backbone=dict(image_size=32, channels=(16, 32, 64), latent=64),
    head=dict(in_channels=64),
)
train_cfg = dict(max_iters=200, val_interval=100)
optim_wrapper = dict(optimizer=dict(lr=1e-3, betas=(0.5, 0.999), weight_decay=0.0))
default_hooks = dict(checkpoint=dict(interval=100))
