"""DRCN, protocol 3, re-implemented; it trains on unlabelled target images.

    python tools/train.py configs/drcn/drcn.py --source C --target I

Layers, rate, batch and augmentation of the release, which is for digits: 50 epochs of 10 iterations of reconstruction, then 10
of classification, 128 images each (C, I and M have 1200 images or fewer, two a video).
"""

_base_ = [
    "../_base_/models/drcn.py",
    "../_base_/datasets/mcio_p3_adapt_bs32_64.py",
    "../_base_/schedules/adam_4k.py",
    "../_base_/default_runtime.py",
]
augment = dict(type="torchvision/RandomAffine", degrees=20, translate=(0.2, 0.2))
steps = [{{_base_.load}}, {{_base_.to_pil}}, {{_base_.resize}}, augment, {{_base_.to_numpy}}, {{_base_.pack}}]
train_dataloader = dict(batch_size=64, dataset=dict(pipeline=steps))
auto_scale_lr = dict(base_batch_size=64)
model = dict(phase_iters=10)
optim_wrapper = dict(
    _delete_=True,
    constructor="MultiOptimWrapperConstructor",
    # As in the release, each loss has its own moments of the encoder's gradients.
    shared=["backbone"],
    autoencoder=dict(parts=["backbone", "decoder"], optimizer=dict(type="Adam", lr=3e-4)),
    classifier=dict(parts=["backbone", "head"], optimizer=dict(type="Adam", lr=3e-4)),
)
param_scheduler = dict(_delete_=True, autoencoder=[], classifier=[])
train_cfg = dict(max_iters=1000, val_interval=100)
