"""PatchNet on the synthetic data set: a narrow network with random weights and patches of 40 px, for a laptop's CPU.

    python tools/train.py configs/patchnet/patchnet_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks. Measured with seed 0: HTER 24.73,
AUC 81.38, best of four validations on the target; 45 s of CPU time for `flip_mm run` with one
thread of a busy AMD EPYC, torch 2.14.1, 2026-11-26.
"""

_base_ = [
    "../_base_/models/patchnet.py",
    "../_base_/datasets/demo_bs3_64.py",
    "../_base_/schedules/adam_demo.py",
    "../_base_/default_runtime.py",
]
model = dict(
    backbone=dict(stem_channels=16, base_channels=16, init_cfg=None),
    head=dict(in_channels=128),
    patch_size=40,
)
patch = [dict(type="torchvision/RandomCrop", size=40), {{_base_.flip}}, {{_base_.to_numpy}}]
patches = dict(type="MultiView", num_views=2, transforms=[patch])
train_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, {{_base_.resize}}, patches, {{_base_.pack}}]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=400, eta_min=1e-5)]
train_cfg = dict(max_iters=400, val_interval=100)
default_hooks = dict(checkpoint=dict(interval=200))
