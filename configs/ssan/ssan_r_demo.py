"""SSAN-R on the synthetic data set: a narrow network with random weights, for a laptop's CPU.

    python tools/train.py configs/ssan/ssan_r_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks. Measured with seed 0: HTER 17.64,
AUC 88.42, best of four validations on the target; 38 s of CPU time for `flip_mm run` with one
thread of a busy AMD EPYC, torch 2.14.1, 2026-11-26.
"""

_base_ = [
    "../_base_/models/ssan_r.py",
    "../_base_/datasets/demo_bs3_64.py",
    "../_base_/schedules/adam_demo.py",
    "../_base_/default_runtime.py",
]
model = dict(
    backbone=dict(stem_channels=16, base_channels=16, init_cfg=None),
    neck=dict(in_channels=(16, 32, 64), out_channels=128),
    head=dict(in_channels=128),
    reversal_iters=400,
)
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=400, eta_min=1e-5)]
train_cfg = dict(max_iters=400, val_interval=100)
default_hooks = dict(checkpoint=dict(interval=200))
