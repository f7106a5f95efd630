# Self-DA-like. Known are the rates and the values 10 and 0.1; all others are choices, see docs/methods.md.
model = dict(
    type="SelfDALike",
    backbone=dict(type="DepthNet", conv_bias=True),
    embedder=dict(type="DepthEmbedder", in_channels=128, conv_bias=True),
    depth_estimator=dict(type="DepthEstimator", in_channels=384, conv_bias=True),
    inner_rate=1e-3,
    depth_weight=10.0,
    reconstruction_weight=1.0,
    entropy_weight=10.0,
    orthogonality_weight=0.1,
    place="last",
    autoencoder_channels=32,
    data_preprocessor=dict(type="FASDataPreprocessor", mean=[0.0] * 6, std=[1.0] * 6),
)
