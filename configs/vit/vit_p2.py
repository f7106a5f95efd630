"""ViT, protocol 2: as vit.py, with 8 images per (domain, class).

python tools/train.py configs/vit/vit_p2.py --target W
"""

_base_ = [
    "../_base_/models/vit.py",
    "../_base_/datasets/wcs_bs8_224.py",
    "../_base_/schedules/adam_1e-4_4k.py",
    "../_base_/default_runtime.py",
]
auto_scale_lr = dict(base_batch_size=8)
