# RfMeta with the values of the released code; images of RGB and HSV in 0..1.
model = dict(
    type="RfMeta",
    backbone=dict(type="DepthNet", conv_bias=True),
    # The release: running statistics are those of the last batch. bn_momentum=0.1 is the usual choice.
    embedder=dict(type="DepthEmbedder", in_channels=128, conv_bias=True, bn_momentum=1.0),
    depth_estimator=dict(type="DepthEstimator", in_channels=384, conv_bias=True),
    inner_rate=1e-3,
    order=2,
    depth_weight=10.0,
    data_preprocessor=dict(type="FASDataPreprocessor", mean=[0.0] * 6, std=[1.0] * 6),
)
