"""FLIP-V on the synthetic data set: a small CLIP with random weights, for a laptop's CPU.

    python tools/dataset_converters/make_synthetic.py --out data/demo
    python tools/train.py configs/flip_v_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "./_base_/models/flip_v.py",
    "./_base_/datasets/demo_bs3_64.py",
    "./_base_/schedules/adam_demo.py",
    "./_base_/default_runtime.py",
]
model = dict(backbone=dict(arch="FLIP-demo", pretrained=None))
# A checkpoint to resume from every 200 iterations: the training is shorter than the usual interval.
default_hooks = dict(checkpoint=dict(interval=200))
