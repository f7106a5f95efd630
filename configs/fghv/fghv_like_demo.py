"""FGHV-like on the synthetic data set: a narrow network with random weights, for a laptop's CPU.

    python tools/train.py configs/fghv/fghv_like_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks. Measured with seed 0: HTER 20.45,
AUC 86.49, best of two validations on the target; 48 s of CPU time for `flip_mm run` with one
thread of a busy AMD EPYC, torch 2.14.1, 2026-11-26.
"""

_base_ = [
    "../_base_/models/fghv_like.py",
    "../_base_/datasets/demo_bs3_64.py",
    "../_base_/schedules/adam_demo.py",
    "../_base_/default_runtime.py",
]
model = dict(
    backbone=dict(channels=(8, 16, 24, 16)),
    embedder=dict(in_channels=16, channels=(16, 32, 64), out_channels=16),
)
hsv = dict(type="AppendHSV")
train_pipeline = [
    *({{_base_.load}}, {{_base_.to_pil}}, {{_base_.resize}}, {{_base_.flip}}, {{_base_.to_numpy}}, hsv, {{_base_.pack}})
]
test_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, {{_base_.resize}}, {{_base_.to_numpy}}, hsv, {{_base_.pack}}]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=200, eta_min=1e-5)]
train_cfg = dict(max_iters=200, val_interval=100)
default_hooks = dict(checkpoint=dict(interval=100))
