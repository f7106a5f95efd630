# MADDG with the values of the released code; images of RGB and HSV in 0..1. The optimizers belong to the method.
model = dict(
    type="MADDG",
    num_domains=None,
    backbone=dict(type="DepthNet"),
    embedder=dict(type="DepthEmbedder", in_channels=128, hidden=128),
    depth_estimator=dict(type="DepthEstimator", in_channels=384),
    critic_channels=(128, 256, 512),
    adversarial_weight=1.0,
    cross_margin=0.5,
    within_margin=0.1,
    within_weight=0.1,
    data_preprocessor=dict(type="FASDataPreprocessor", mean=[0.0] * 6, std=[1.0] * 6),
)
