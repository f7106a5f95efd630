# As demo_depth_rgb_64.py, with HSV beside RGB: six channels.
_base_ = ["./demo_depth_rgb_64.py"]

hsv = dict(type="AppendHSV")
train_pipeline = [
    *({{_base_.load}}, {{_base_.to_pil}}, {{_base_.resize}}, {{_base_.to_numpy}}),
    *({{_base_.mirror}}, {{_base_.depth}}, hsv, {{_base_.pack_depth}}),
]
test_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, {{_base_.resize}}, {{_base_.to_numpy}}, hsv, {{_base_.pack}}]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
