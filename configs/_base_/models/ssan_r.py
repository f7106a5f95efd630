# SSAN-R: the first three stages of an ImageNet ResNet-18, and the normalisation of the release's default.
model = dict(
    type="SSAN",
    backbone=dict(
        type="ResNet",
        depth=18,
        num_stages=3,
        strides=(1, 2, 2),
        dilations=(1, 1, 1),
        out_indices=(0, 1, 2),
        init_cfg=dict(
            type="Pretrained",
            checkpoint="https://download.openmmlab.com/mmclassification/v0/resnet/resnet18_8xb32_in1k_20210831-fbbb1da6.pth",
            prefix="backbone",
        ),
    ),
    neck=dict(type="StyleAssembly", in_channels=(64, 128, 256), out_channels=512),
    head=dict(type="LinearClsHead", num_classes=2, in_channels=512, init_cfg=None),
    data_preprocessor=dict(type="FASDataPreprocessor", mean=(0.5, 0.5, 0.5), std=(128 / 255,) * 3),
)
