# SSAN-R: the first three stages of an ImageNet ResNet-18, and the normalisation of the release's default.
_base_ = ["./erm_r18.py"]
model = dict(
    type="SSAN",
    backbone=dict(num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1), out_indices=(0, 1, 2)),
    neck=dict(type="StyleAssembly", in_channels=(64, 128, 256), out_channels=512),
    head=dict(init_cfg=None),
    data_preprocessor=dict(mean=(0.5, 0.5, 0.5), std=(128 / 255,) * 3),
)
