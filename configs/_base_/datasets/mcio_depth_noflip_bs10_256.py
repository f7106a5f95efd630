# As mcio_depth_bs10_256.py without flips: MADDG and RfMeta have no augmentation.
_base_ = ["./mcio_depth_bs10_256.py"]

train_pipeline = [
    *({{_base_.load}}, {{_base_.to_pil}}, {{_base_.resize}}, {{_base_.to_numpy}}),
    *({{_base_.depth}}, {{_base_.hsv}}, {{_base_.pack_depth}}),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
