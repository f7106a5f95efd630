# SSDG-R: ResNet-18, of which only the first three stages have ImageNet weights, as in the release.
_base_ = ["./erm_r18.py"]
model = dict(
    type="SSDG",
    backbone=dict(num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1), out_indices=(2,)),
    neck=dict(type="ResidualStage", in_channels=256, out_channels=512),
    head=dict(_delete_=True, type="BottleneckHead", in_channels=512),
)
