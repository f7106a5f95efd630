"""USDAN-Un on the synthetic data set: a narrow ResNet-18 at 64 px, with the target's unlabelled images.

    python tools/train.py configs/usdan/usdan_un_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/usdan_un.py",
    "../_base_/datasets/demo_bs3_64.py",
    "../_base_/schedules/sgd_4k.py",
    "../_base_/default_runtime.py",
]
run = dict(unlabelled="train")
train_dataloader = dict(dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = dict(dataset=dict(run=run))
model = dict(
    backbone=dict(stem_channels=16, base_channels=16, init_cfg=None),
    head=dict(in_channels=128, hidden_channels=64),
)
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=400)]
train_cfg = dict(max_iters=400, val_interval=200)
default_hooks = dict(checkpoint=dict(interval=200))
