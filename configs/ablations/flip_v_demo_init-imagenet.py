"""FLIP-V on the synthetic data set, from ImageNet's weights of timm's ViT-Ti/16 (a download of 23 MB).

    python tools/train.py configs/ablations/flip_v_demo_init-imagenet.py --target O

Metrics on synthetic faces prove nothing about real attacks; see docs/ablations.md.
"""

_base_ = ["../flip_v_demo.py"]
tower = dict(type="TimmTower", arch="vit_tiny_patch16_224", pretrained="augreg_in21k_ft_in1k", image_size=64)
model = dict(backbone=dict(_delete_=True, **tower))
optim_wrapper = dict(optimizer=dict(lr=1e-4))
