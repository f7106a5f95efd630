# LGSC: ImageNet ResNet-18 as encoder and for the auxiliary classifier; (x - 100) / 80 of pixels in 0..255.
imagenet = dict(
    type="Pretrained",
    checkpoint="https://download.openmmlab.com/mmclassification/v0/resnet/resnet18_8xb32_in1k_20210831-fbbb1da6.pth",
    prefix="backbone",
)
model = dict(
    type="LGSC",
    backbone=dict(type="StemResNet", depth=18, init_cfg=imagenet),
    neck=dict(type="CueDecoder", in_channels=(64, 64, 128, 256, 512)),
    auxiliary=dict(type="ResNet", depth=18),
    head=dict(type="LinearClsHead", num_classes=2, in_channels=512),
    data_preprocessor=dict(
        type="FASDataPreprocessor",
        mean=(100 / 255, 100 / 255, 100 / 255),
        std=(80 / 255, 80 / 255, 80 / 255),
    ),
)
