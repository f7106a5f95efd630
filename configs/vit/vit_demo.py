"""ViT on the synthetic data set: a small one with random weights, for a laptop's CPU.

    python tools/train.py configs/vit/vit_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks. Measured with seed 0: HTER 14.27,
AUC 90.16, best of two validations on the target; 51 s of CPU time for `flip_mm run`, one thread of a busy AMD EPYC,
torch 2.14.1, 2026-11-26.
"""

_base_ = [
    "../_base_/models/vit.py",
    "../_base_/datasets/demo_bs3_64.py",
    "../_base_/schedules/adam_demo.py",
    "../_base_/default_runtime.py",
]
options = dict(depth=2, embed_dim=48, num_heads=3, patch_size=8)
model = dict(backbone=dict(pretrained=None, image_size=64, options=options))
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=500, eta_min=1e-5)]
train_cfg = dict(max_iters=500, val_interval=250)
default_hooks = dict(checkpoint=dict(interval=200))
train_dataloader = dict(batch_size=6)
