# First stage of CDFTN: MUNIT's layers, discriminators with one output.
translator = dict(type="CDFTNTranslator", channels=(64, 128, 256, 256), blocks=4, latent=256)
model = dict(
    type="CDFTN",
    translator=translator,
    judge=dict(type="DupGANDiscriminator", image_size=256, channels=(32, 64, 128, 256, 256), num_classes=0, dropout=0.0),
    head=dict(type="LinearClsHead", num_classes=2, in_channels=256),
    data_preprocessor=dict(type="FASDataPreprocessor", mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)),
)
