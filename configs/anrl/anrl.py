"""ANRL, protocol 1: adaptive normalisation with a meta-learned attention and a depth loss, as in the released code.

    python tools/train.py configs/anrl/anrl.py --target O

Needs depth maps (docs/depth.md) and at least two source domains. The release has placeholders for optimizer, rates and batch
size, and its colour jitter is known by name only: those here are a choice.
"""

_base_ = [
    "../_base_/models/anrl.py",
    "../_base_/datasets/mcio_depth_bs10_256.py",
    "../_base_/schedules/depthnet_30k.py",
    "../_base_/default_runtime.py",
]
colour = dict(type="torchvision/ColorJitter", brightness=0.08, saturation=0.12, hue=0.11)
jitter = dict(type="RandomApply", transforms=[colour], prob=0.1)
pipeline = [
    *({{_base_.load}}, {{_base_.to_pil}}, {{_base_.resize}}, jitter, {{_base_.to_numpy}}),
    *({{_base_.mirror}}, {{_base_.depth}}, {{_base_.hsv}}, {{_base_.pack_depth}}),
]
train_dataloader = dict(dataset=dict(pipeline=pipeline))
# 50 epochs, as in the release.
model = dict(epoch_iters=600)
optim_wrapper = dict(optimizer=dict(lr=1e-4, weight_decay=5e-4))
param_scheduler = [dict(type="StepLR", by_epoch=False, step_size=12000, gamma=0.1)]
