# LGSC: ImageNet ResNet-18 as encoder and for the auxiliary classifier; (x - 100) / 80 of pixels in 0..255.
_base_ = ["./erm_r18.py"]
model = dict(
    type="LGSC",
    backbone=dict(type="StemResNet"),
    neck=dict(_delete_=True, type="CueDecoder", in_channels=(64, 64, 128, 256, 512)),
    # As torchvision's: the last BatchNorm of a block starts at 1.
    auxiliary=dict(type="ResNet", depth=18, zero_init_residual=False),
    data_preprocessor=dict(mean=(100 / 255,) * 3, std=(80 / 255,) * 3),
)
