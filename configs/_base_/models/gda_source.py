# The source model of GDA: the class and the depth of all source images.
model = dict(
    type="DepthBaseline",
    backbone=dict(type="DepthNet", conv_bias=True),
    embedder=dict(type="DepthEmbedder", in_channels=128, conv_bias=True),
    depth_estimator=dict(type="DepthEstimator", in_channels=384, conv_bias=True),
    depth_weight=10.0,
    data_preprocessor=dict(type="FASDataPreprocessor", mean=[0.0] * 6, std=[1.0] * 6),
)
