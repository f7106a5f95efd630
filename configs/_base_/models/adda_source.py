# Stage 1 of ADDA: ResNet-18 with a bottleneck, a linear layer, cross entropy. Encoder and bottleneck are choices of flip_mm.
model = dict(
    type="ImageClassifier",
    backbone=dict(
        type="ResNet",
        depth=18,
        init_cfg=dict(
            type="Pretrained",
            checkpoint="https://download.openmmlab.com/mmclassification/v0/resnet/resnet18_8xb32_in1k_20210831-fbbb1da6.pth",
            prefix="backbone",
        ),
    ),
    neck=dict(type="FeatureMLP", in_channels=512, channels=(256,)),
    head=dict(type="LinearClsHead", num_classes=2, in_channels=256),
    data_preprocessor=dict(type="FASDataPreprocessor", mean="imagenet", std="imagenet"),
)
