"""RfMeta with a narrow DepthNet on the synthetic data set, from random weights, for a laptop's CPU.

    flip_mm synth --out data/demo --depth
    python tools/train.py configs/rfmeta/rfmeta_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/rfmeta.py",
    "../_base_/datasets/demo_depth_64.py",
    "../_base_/schedules/adam_demo.py",
    "../_base_/default_runtime.py",
]
model = dict(
    backbone=dict(channels=(8, 12, 16, 24)),
    embedder=dict(in_channels=24, channels=(24, 32, 64)),
    depth_estimator=dict(in_channels=72, channels=(24, 16)),
)
optim_wrapper = dict(optimizer=dict(weight_decay=0.0))
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=200, eta_min=1e-5)]
train_cfg = dict(max_iters=200, val_interval=100)
default_hooks = dict(checkpoint=dict(interval=100))
