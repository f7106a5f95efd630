"""FLIP-V on the synthetic data set, from timm's weights of BEiT-B/16 (350 MB, for a GPU).

    python tools/train.py configs/ablations/flip_v_demo_init-beit.py --target O

Metrics on synthetic faces prove nothing about real attacks; see docs/ablations.md.
"""

_base_ = ["./flip_v_demo_init-imagenet.py"]
model = dict(backbone=dict(arch="beit_base_patch16_224", pretrained="in22k_ft_in22k_in1k"))
