"""ViTAF*, protocol 2: as vitaf.py, with 8 images per (domain, class) and less noise.

    flip_mm run vitaf_p2 --runs W

Stage 2, with the head of stage 1 (vitaf_head_p2.py): python tools/train.py configs/vit/vitaf_p2.py --target W needs load_from.
The orthogonality term has the weights 0.01 (target W), 1 (C, CeFA) and 0.1 (S) in few_shot_fas, and no effect as released.
"""

_base_ = [
    "../_base_/models/vitaf.py",
    "../_base_/datasets/wcs_bs8_224.py",
    "../_base_/schedules/adam_1e-4_4k.py",
    "../_base_/default_runtime.py",
]
previous_stage = "vitaf_head_p2.py"
run = dict(protocol="p2", target="W", shots=5)
model = dict(backbone=dict(gamma=0.1, beta=0.1))
train_dataloader = dict(dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = val_dataloader
default_hooks = dict(warm_start=dict(type="WarmStartHook", parts=["head"]))
auto_scale_lr = dict(base_batch_size=8)
