"""GDA-like on the synthetic data set: stage 2, the generator, for a laptop's CPU.

    flip_mm synth --out data/demo --depth
    flip_mm run configs/gda/gda_like_demo.py --runs O --data-root data/demo
    python tools/train.py configs/gda/gda_like_demo.py --target O --cfg-options load_from=STAGE1.pth

Shows that everything works; metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/gda_like.py",
    "../_base_/datasets/demo_depth_rgb_64.py",
    "../_base_/schedules/adam_demo.py",
    "../_base_/default_runtime.py",
]
previous_stage = "gda_source_demo.py"
run = dict(unlabelled="train")
train_dataloader = dict(batch_size=1, batch_sampler=dict(unlabelled_size=16), dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = dict(dataset=dict(run=run))
model = dict(
    backbone=dict(channels=(16, 24, 32, 24)),
    embedder=dict(in_channels=24, channels=(24, 32, 64)),
    depth_estimator=dict(in_channels=72, channels=(24, 16)),
    generator=dict(channels=(8, 16, 24)),
)
optim_wrapper = dict(optimizer=dict(lr=3e-4, weight_decay=0.0))
param_scheduler = []
train_cfg = dict(max_iters=40, val_interval=20)
default_hooks = dict(checkpoint=dict(interval=20), warm_start=dict(type="WarmStartHook"))
auto_scale_lr = dict(base_batch_size=1)
