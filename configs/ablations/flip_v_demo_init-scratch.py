"""FLIP-V on the synthetic data set, from random weights of timm's ViT-Ti/16.

    python tools/train.py configs/ablations/flip_v_demo_init-scratch.py --target O

Metrics on synthetic faces prove nothing about real attacks; see docs/ablations.md.
"""

_base_ = ["./flip_v_demo_init-imagenet.py"]
model = dict(backbone=dict(pretrained=None))
