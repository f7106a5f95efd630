"""A student of FLIP-MCL, protocol 1: a CNN of five layers, 0.4 % of the computation of ViT-B/16; see docs/student.md.

The target is that of the teacher. Not measured on real data. For a larger student that starts from CLIP:
backbone=dict(_delete_=True, type="OpenCLIP", arch="ViT-B-32-quickgelu", pretrained="openai") with a rate of 1e-6.

    python tools/train.py configs/flip_mcl_p1.py --target O
    python tools/train.py configs/flip_student_p1.py --target O
"""

_base_ = [
    "./_base_/models/flip_student.py",
    "./_base_/datasets/mcio_bs3_224_multiview.py",
    "./_base_/schedules/adam_4k.py",
    "./_base_/default_runtime.py",
]
model = dict(
    teacher=dict(config="flip_mcl_p1", checkpoint="work_dirs/flip_mcl_p1/O_seed0/iter_4000.pth"),
    backbone=dict(channels=(16, 32, 64, 128, 256)),
)
# A student has random weights: it needs a larger rate and more steps than fine-tuning CLIP.
optim_wrapper = dict(optimizer=dict(lr=3e-3, weight_decay=1e-5))
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=20000, eta_min=1e-5)]
train_cfg = dict(max_iters=20000, val_interval=500)
