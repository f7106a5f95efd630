"""KSA-like on the synthetic data set: local binary patterns, which need no weights.

    python tools/train.py configs/ksa/ksa_like_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks. Measured with seed 0: HTER 12.36,
AUC 94.44, on the target (it has seen these images); 7 seconds, one thread of a busy AMD EPYC, torch 2.14.1, 2026-11-26.
"""

_base_ = [
    "../_base_/models/ksa_like.py",
    "../_base_/datasets/demo_bs3_64.py",
    "../_base_/schedules/adam_4k.py",
    "../_base_/default_runtime.py",
]
run = dict(protocol="p1", target="O", aux=False, unlabelled="train")
train_dataloader = dict(dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = val_dataloader
model = dict(
    backbone=dict(_delete_=True, type="ColorLBP", radii=(1, 2, 4)),
    neck=None,
    head=dict(in_channels=1062, memory_size=512),
    data_preprocessor=dict(mean=(0, 0, 0), std=(1, 1, 1)),
)
custom_hooks = [dict(type="FitOnceHook")]
# Two steps that change nothing, for two validations.
train_cfg = dict(max_iters=2, val_interval=1)
