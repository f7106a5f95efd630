# Two ResNet-18 encoders; generators and discriminators of DupGAN. All of it is chosen here: the authors published no code.
encoder = dict(
    type="ResNet",
    depth=18,
    init_cfg=dict(
        type="Pretrained",
        checkpoint="https://download.openmmlab.com/mmclassification/v0/resnet/resnet18_8xb32_in1k_20210831-fbbb1da6.pth",
        prefix="backbone",
    ),
)
model = dict(
    type="MDDR",
    backbone=encoder,
    neck=dict(type="GlobalAveragePooling"),
    head=dict(type="LinearClsHead", num_classes=2, in_channels=512),
    generator=dict(type="DupGANGenerator", image_size=64, channels=(256, 256, 128, 64), bits=0),
    discriminator=dict(type="DupGANDiscriminator", image_size=64, channels=(64, 128, 256, 512, 512)),
    data_preprocessor=dict(type="FASDataPreprocessor", mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)),
)
