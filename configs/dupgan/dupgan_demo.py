"""DupGAN on the synthetic data set, from random weights, for a laptop's CPU; it trains on unlabelled target images.

    python tools/train.py configs/dupgan/dupgan_demo.py --target O

This is the second stage: `flip_mm run configs/dupgan/dupgan_demo.py` trains both. Metrics on synthetic faces prove nothing
about real attacks.
"""

_base_ = [
    "../_base_/models/dupgan.py",
    "../_base_/datasets/demo_adapt_bs3_32.py",
    "../_base_/schedules/dupgan.py",
    "../_base_/default_runtime.py",
]
previous_stage = "dupgan_source_demo.py"
model = dict(
    backbone=dict(image_size=32, channels=(16, 32, 64), latent=64),
    head=dict(in_channels=64),
    generator=dict(image_size=32, channels=(64, 32, 16), latent=64),
    discriminator=dict(image_size=32, channels=(16, 32, 32, 64)),
)
train_cfg = dict(max_iters=200, val_interval=100)
default_hooks = dict(warm_start=dict(type="WarmStartHook"), checkpoint=dict(interval=100))
