"""MADDG with a narrow DepthNet on the synthetic data set, from random weights, for a laptop's CPU.

    flip_mm synth --out data/demo --depth
    flip_mm run maddg_demo --runs O

Stage 2; python tools/train.py configs/maddg/maddg_demo.py --target O needs the checkpoint of stage 1 as load_from. Shows that
everything works; metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/maddg.py",
    "../_base_/datasets/demo_depth_64.py",
    "../_base_/schedules/maddg_30k.py",
    "../_base_/default_runtime.py",
]
previous_stage = "maddg_extractors_demo.py"
model = dict(
    backbone=dict(channels=(8, 12, 16, 24)),
    embedder=dict(in_channels=24, channels=(24, 32, 64), hidden=32),
    depth_estimator=dict(in_channels=72, channels=(24, 16)),
    # Maps of 8 x 8 are too small for three.
    critic_channels=(16, 24),
)
optim_wrapper = dict(
    depth=dict(optimizer=dict(lr=1e-3)),
    generator=dict(optimizer=dict(lr=1e-3)),
    critics=dict(optimizer=dict(lr=1e-4)),
)
auto_scale_lr = dict(base_batch_size=3)
train_cfg = dict(max_iters=200, val_interval=100)
default_hooks = dict(checkpoint=dict(interval=100), warm_start=dict(type="WarmStartHook", parts=["source_encoders"]))
