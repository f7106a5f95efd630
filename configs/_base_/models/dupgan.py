# DupGAN for 64 px: the third party's layers for 32 px, and one more in each network.
encoder = dict(type="DupGANEncoder", image_size=64, channels=(64, 128, 256, 256), latent=512)
model = dict(
    type="DupGAN",
    backbone=encoder,
    neck=dict(type="LeakyReLUNeck"),
    head=dict(type="LinearClsHead", num_classes=2, in_channels=512),
    generator=dict(type="DupGANGenerator", image_size=64, channels=(256, 256, 128, 64), latent=512),
    discriminator=dict(type="DupGANDiscriminator", image_size=64, channels=(64, 128, 256, 512, 512)),
    data_preprocessor=dict(type="FASDataPreprocessor", mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)),
)
