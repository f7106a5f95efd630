# Two ResNet-18 encoders; generators and discriminators of DupGAN. All of it is chosen here: the authors published no code.
_base_ = ["./erm_r18.py"]
model = dict(
    type="MDDRLike",
    generator=dict(type="DupGANGenerator", image_size=64, channels=(256, 256, 128, 64), bits=0),
    discriminator=dict(type="DupGANDiscriminator", image_size=64, channels=(64, 128, 256, 512, 512)),
    data_preprocessor=dict(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)),
)
