# LGSC with narrow networks and random weights, for demos.
_base_ = ["./lgsc.py"]
narrow = dict(stem_channels=8, base_channels=8)
model = dict(
    backbone=dict(init_cfg=None, **narrow),
    neck=dict(in_channels=(8, 8, 16, 32, 64)),
    auxiliary=dict(zero_init_residual=True, **narrow),
    head=dict(in_channels=64),
)
