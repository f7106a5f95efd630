"""The first stage of CDFTN on the synthetic data set, from random weights, for a laptop's CPU; with unlabelled target images.

    python tools/train.py configs/cdftn/cdftn_demo.py --target O

Metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/cdftn.py",
    "../_base_/datasets/demo_adapt_bs3_32.py",
    "../_base_/schedules/cdftn.py",
    "../_base_/default_runtime.py",
]
model = dict(
    classification_weight=10.0,
    translator=dict(channels=(8, 16, 32), blocks=1, latent=32),
    judge=dict(image_size=32, channels=(16, 24, 32)),
    head=dict(in_channels=32),
)
train_dataloader = dict(batch_size=2)
adam = dict(lr=1e-3, weight_decay=1e-5)
optim_wrapper = dict(translator=dict(optimizer=adam), judges=dict(optimizer=adam))
train_cfg = dict(max_iters=300, val_interval=150)
default_hooks = dict(checkpoint=dict(interval=150))
