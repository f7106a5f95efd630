"""DRCN, protocol 3, re-implemented; it trains on unlabelled target images.

    python tools/train.py configs/drcn/drcn.py --source C --target I

Layers, rate, batch and augmentation of the release, which is for digits: 50 epochs of 10 iterations of reconstruction, then 10
of classification, 128 images each (C, I and M have 1200 images or fewer, two a video).
"""

_base_ = [
    "../_base_/models/drcn.py",
    "../_base_/datasets/mcio_p3_adapt_bs32_64.py",
    "../_base_/schedules/drcn.py",
    "../_base_/default_runtime.py",
]
augment = dict(type="torchvision/RandomAffine", degrees=20, translate=(0.2, 0.2))
steps = [{{_base_.load}}, {{_base_.to_pil}}, {{_base_.resize}}, augment, {{_base_.to_numpy}}, {{_base_.pack}}]
train_dataloader = dict(batch_size=64, dataset=dict(pipeline=steps))
auto_scale_lr = dict(base_batch_size=64)
model = dict(phase_iters=10)
train_cfg = dict(max_iters=1000, val_interval=100)
