"""CDCN++ with few channels on the synthetic data set with depth maps of 8x8, from random weights, for a laptop's CPU.

    flip_mm synth --out data/demo --depth
    python tools/train.py configs/cdcn/cdcnpp_demo.py --target O

Without `--depth` the maps are a substitute, see docs/depth.md. Shows that everything works; metrics on synthetic faces
prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/cdcnpp.py",
    "../_base_/datasets/demo_depth_rgb_64.py",
    "../_base_/schedules/adam_demo.py",
    "../_base_/default_runtime.py",
]
model = dict(
    backbone=dict(stem=8, blocks=((8, 12, 16), (20, 16, 24, 16), (24, 28, 24)), map_size=8),
    head=dict(in_channels=56, channels=(24,)),
)
# A larger rate than the other demos: it has few steps.
optim_wrapper = dict(optimizer=dict(lr=4e-3))
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=240, eta_min=1e-5)]
train_cfg = dict(max_iters=240, val_interval=120)
default_hooks = dict(checkpoint=dict(interval=120))
