# SSDG-R: ResNet-18, of which only the first three stages have ImageNet weights, as in the release.
model = dict(
    type="SSDG",
    backbone=dict(
        type="ResNet",
        depth=18,
        num_stages=3,
        strides=(1, 2, 2),
        dilations=(1, 1, 1),
        out_indices=(2,),
        init_cfg=dict(
            type="Pretrained",
            checkpoint="https://download.openmmlab.com/mmclassification/v0/resnet/resnet18_8xb32_in1k_20210831-fbbb1da6.pth",
            prefix="backbone",
        ),
    ),
    neck=dict(type="ResidualStage", in_channels=256, out_channels=512),
    head=dict(type="BottleneckHead", in_channels=512),
    data_preprocessor=dict(type="FASDataPreprocessor", mean="imagenet", std="imagenet"),
)
