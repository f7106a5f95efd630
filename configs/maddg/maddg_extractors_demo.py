"""First stage of maddg_demo.py: encoders of the sources with a narrow DepthNet, for a laptop's CPU.

    flip_mm synth --out data/demo --depth
    python tools/train.py configs/maddg/maddg_extractors_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/maddg_extractors.py",
    "../_base_/datasets/demo_depth_64.py",
    "../_base_/schedules/adam_demo.py",
    "../_base_/default_runtime.py",
]
model = dict(
    backbone=dict(channels=(8, 12, 16, 24)),
    depth_estimator=dict(in_channels=72, channels=(24, 16)),
)
optim_wrapper = dict(optimizer=dict(weight_decay=0.0))
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=100, eta_min=1e-5)]
train_cfg = dict(max_iters=100, val_interval=50)
default_hooks = dict(checkpoint=dict(interval=50))
