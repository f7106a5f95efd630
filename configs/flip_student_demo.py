"""A student of FLIP-MCL on the synthetic data set: a CNN of four layers that learns from a teacher; see docs/student.md.

    python tools/dataset_converters/make_synthetic.py --out data/demo
    python tools/train.py configs/flip_mcl_demo.py --target O
    python tools/train.py configs/flip_student_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "./_base_/models/flip_student.py",
    "./_base_/datasets/demo_bs3_64_multiview.py",
    "./_base_/schedules/adam_demo.py",
    "./_base_/default_runtime.py",
]
model = dict(
    teacher=dict(config="flip_mcl_demo", checkpoint="work_dirs/flip_mcl_demo/O_no-aux_seed0/iter_800.pth"),
    backbone=dict(channels=(4, 8, 24, 48), embed_dims=128, image_size=64),
)
# The student learns faster than its teacher and needs more steps; each takes a third of the time.
optim_wrapper = dict(optimizer=dict(lr=3e-3))
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=1600, eta_min=1e-5)]
train_cfg = dict(max_iters=1600, val_interval=400)
default_hooks = dict(checkpoint=dict(interval=200))
