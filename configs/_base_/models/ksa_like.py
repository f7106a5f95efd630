# KSA-like: features of an ImageNet ResNet-18, aligned kernel subspaces, a linear support vector machine.
model = dict(
    type="FittedOnce",
    backbone=dict(
        type="ResNet",
        depth=18,
        init_cfg=dict(
            type="Pretrained",
            checkpoint="https://download.openmmlab.com/mmclassification/v0/resnet/resnet18_8xb32_in1k_20210831-fbbb1da6.pth",
            prefix="backbone",
        ),
    ),
    neck=dict(type="GlobalAveragePooling"),
    head=dict(type="KSAHead", in_channels=512),
    data_preprocessor=dict(type="FASDataPreprocessor", mean="imagenet", std="imagenet"),
)
