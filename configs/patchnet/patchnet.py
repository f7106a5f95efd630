"""PatchNet (CVPR 2022), protocol 1 without CelebA-Spoof, from the paper with few choices; the authors published no code.

    python tools/train.py configs/patchnet/patchnet.py --target O

Batches and iterations are those of SSDG. The paper cuts patches from faces at native resolution; the usual crops of 224 px are
already resized. See docs/methods.md.
"""

_base_ = [
    "../_base_/models/patchnet.py",
    "../_base_/datasets/mcio_bs10_256.py",
    "../_base_/schedules/sgd_4k.py",
    "../_base_/default_runtime.py",
]
# The size of FLIP's crops, so that nothing is resized again.
resize = dict(type="torchvision/Resize", size=(224, 224), interpolation="bicubic")
patch = [dict(type="torchvision/RandomCrop", size=160), {{_base_.flip}}, {{_base_.to_numpy}}]
patches = dict(type="MultiView", num_views=2, transforms=[patch])
train_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, patches, {{_base_.pack}}]
test_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, {{_base_.to_numpy}}, {{_base_.pack}}]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
auto_scale_lr = dict(base_batch_size=10)
param_scheduler = [dict(type="PolyLR", by_epoch=False, power=2.0, eta_min=0.0, end=4000)]
