"""ViT, protocol 1: ImageNet's ViT-B/16 with the head of FLIP-V, all of it trained, with CelebA-Spoof as FLIP ran it.

    python tools/train.py configs/vit/vit.py --target O
    flip_mm run vit --protocol p3 --runs "C->I"

The paper cites "ViT (ECCV'22)". Its environment file names a timm with other weights under this name, and its program fails
with them: model.backbone.pretrained="augreg_in21k_ft_in1k" takes those. Protocol 2: vit_p2.py. Five target images per class:
--shots 5.
"""

_base_ = [
    "../_base_/models/vit.py",
    "../_base_/datasets/mcio_bs3_224.py",
    "../_base_/schedules/adam_1e-4_4k.py",
    "../_base_/default_runtime.py",
]
