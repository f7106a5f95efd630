"""D2AM on the synthetic data set, with a narrow network and random weights, for a laptop's CPU.

    flip_mm synth --out data/demo --depth
    python tools/train.py configs/d2am/d2am_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/d2am.py",
    "../_base_/datasets/demo_depth_64.py",
    "../_base_/schedules/adam_demo.py",
    "../_base_/default_runtime.py",
]
model = dict(
    backbone=dict(channels=(16, 24, 32, 24)),
    embedder=dict(in_channels=24, channels=(24, 32, 48)),
    depth_estimator=dict(in_channels=72, channels=(24, 12)),
    # The first clustering uses the features of the model itself.
    first_backbone=None,
)
optim_wrapper = dict(optimizer=dict(lr=2e-3, weight_decay=0.0))
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=200, eta_min=1e-5)]
train_cfg = dict(max_iters=200, val_interval=100)
default_hooks = dict(
    checkpoint=dict(interval=100),
    pseudo_domains=dict(type="PseudoDomainHook", num_domains=3, interval=50, pairing="hungarian"),
)
