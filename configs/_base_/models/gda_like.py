# GDA-like. All values are choices, see docs/methods.md. Images are RGB; HSV is computed from the generated ones.
model = dict(
    type="GDALike",
    backbone=dict(type="DepthNet", conv_bias=True),
    embedder=dict(type="DepthEmbedder", in_channels=128, conv_bias=True),
    depth_estimator=dict(type="DepthEstimator", in_channels=384, conv_bias=True),
    generator=dict(type="StyleUNet", channels=(32, 64, 128)),
    statistics_weight=1.0,
    perceptual_weight=1.0,
    phase_weight=1.0,
    entropy_weight=0.1,
    consistency_weight=1.0,
    largest_share=0.5,
    consistency="scores",
    perceptual=None,
    hsv=True,
    data_preprocessor=dict(type="FASDataPreprocessor", mean=[0.0] * 3, std=[1.0] * 3),
)
