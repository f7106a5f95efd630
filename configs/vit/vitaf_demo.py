"""ViTAF* on the synthetic data set: adapters in a small ViT that stage 1 trained, for a laptop's CPU.

    flip_mm run vitaf_demo --runs O --data-root data/demo

Stage 2 alone needs load_from: python tools/train.py configs/vit/vitaf_demo.py --target O. It takes all weights of stage 1.
Metrics on synthetic faces prove nothing about real attacks. Measured with seed 0: HTER 18.09, AUC 89.33, best of 2 validations
on the target; 71 s of CPU time for `flip_mm run`, both stages, one thread of a busy AMD EPYC, torch 2.14.1, 2026-11-26.
"""

_base_ = [
    "../_base_/models/vitaf.py",
    "../_base_/datasets/demo_bs3_64.py",
    "../_base_/schedules/adam_demo.py",
    "../_base_/default_runtime.py",
]
previous_stage = "vitaf_head_demo.py"
run = dict(protocol="p1", target="O", aux=False, shots=5)
options = dict(depth=2, embed_dim=48, num_heads=3, patch_size=8)
model = dict(backbone=dict(pretrained=None, image_size=64, options=options, adapter_channels=16))
train_dataloader = dict(batch_size=5, dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = val_dataloader
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=200, eta_min=1e-5)]
train_cfg = dict(max_iters=200, val_interval=100)
default_hooks = dict(checkpoint=dict(interval=100), warm_start=dict(type="WarmStartHook"))
