"""Pretrain the small CLIP of the demos on synthetic images with captions, for a laptop's CPU; see docs/language.md.

    flip_mm synth --out data/captions --captions 8000
    python tools/train.py configs/clip_pretrain_demo.py

The other demos start from the result with `model.backbone.pretrained=work_dirs/clip_pretrain_demo/seed0/iter_800.pth`. Metrics
on synthetic faces prove nothing about real attacks.
"""

_base_ = ["./_base_/datasets/captions_bs128_64.py", "./_base_/schedules/adam_demo.py", "./_base_/default_runtime.py"]
model = dict(
    type="CLIPPretraining",
    backbone=dict(type="OpenCLIP", arch="FLIP-demo", pretrained=None),
    # As in the later trainings.
    data_preprocessor=dict(type="FASDataPreprocessor", mean="imagenet", std="imagenet"),
)
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=800, eta_min=1e-5)]
# Unlike the loop of the other configs it takes any batch sampler.
train_cfg = dict(type="IterBasedTrainLoop", max_iters=800, val_interval=200)
default_hooks = dict(checkpoint=dict(interval=200, save_best=None))
# MMPretrain registers this class itself only with its extra [multimodal], which the class does not need.
custom_imports = dict(imports=["flip_mm.register", "mmpretrain.datasets.coco_caption"], allow_failed_imports=False)
