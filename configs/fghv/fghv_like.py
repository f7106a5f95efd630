"""FGHV-like (after FGHV, AAAI 2022), protocol 1 without CelebA-Spoof: its authors published neither code nor, here, formulas.

    python tools/train.py configs/fghv/fghv_like.py --target O

Only the parts of the method are known; losses, weights and rates are choices. See docs/methods.md.
"""

_base_ = [
    "../_base_/models/fghv_like.py",
    "../_base_/datasets/mcio_bs10_256.py",
    "../_base_/schedules/sgd_4k.py",
    "../_base_/default_runtime.py",
]
hsv = dict(type="AppendHSV")
train_pipeline = [
    *({{_base_.load}}, {{_base_.to_pil}}, {{_base_.resize}}, {{_base_.flip}}, {{_base_.to_numpy}}, hsv, {{_base_.pack}})
]
test_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, {{_base_.resize}}, {{_base_.to_numpy}}, hsv, {{_base_.pack}}]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
auto_scale_lr = dict(base_batch_size=10)
