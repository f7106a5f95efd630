"""FLIP-MCL, protocol 1, with OpenAI's CLIP ViT-B/32: a quarter of the computation of ViT-B/16 for an image.

The paper has no values for this backbone.

    python tools/train.py configs/flip_mcl_p1_vit-b32.py --target O
"""

_base_ = ["./flip_mcl_p1.py"]
model = dict(backbone=dict(arch="ViT-B-32-quickgelu"))
