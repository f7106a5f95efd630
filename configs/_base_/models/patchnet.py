# PatchNet: an ImageNet ResNet-18 and a margin softmax over the cameras and materials of the run.
model = dict(
    type="PatchNet",
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
    head=dict(type="AMSoftmaxHead", in_channels=512),
    data_preprocessor=dict(type="FASDataPreprocessor", mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)),
    patch_size=160,
)
