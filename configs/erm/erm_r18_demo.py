"""ERM with ResNet-18 on the synthetic data set, from random weights, for a laptop's CPU.

    python tools/dataset_converters/make_synthetic.py --out data/demo
    python tools/train.py configs/erm/erm_r18_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/erm_r18.py",
    "../_base_/datasets/demo_bs3_64.py",
    "../_base_/schedules/adam_demo.py",
    "../_base_/default_runtime.py",
]
model = dict(backbone=dict(init_cfg=None))
