"""ERM with ResNet-18 on the synthetic data set, from random weights, for a laptop's CPU.

    python tools/dataset_converters/make_synthetic.py --out data/demo
    python tools/train.py configs/erm/erm_r18_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks. Measured with seed 0: HTER 7.64,
AUC 97.13, TPR@FPR=1% 64.00, best of four validations on the target; 2.6 minutes on one core of a busy AMD EPYC, torch 2.14.1,
2026-11-26.
"""

_base_ = [
    "../_base_/models/erm_r18.py",
    "../_base_/datasets/demo_bs3_64.py",
    "../_base_/schedules/adam_demo.py",
    "../_base_/default_runtime.py",
]
model = dict(backbone=dict(init_cfg=None))
# Half the steps of the other demos: its loss is near zero by then.
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=400, eta_min=1e-5)]
train_cfg = dict(max_iters=400, val_interval=100)
# A checkpoint to resume from every 200 iterations: the training is shorter than the usual interval.
default_hooks = dict(checkpoint=dict(interval=200))
