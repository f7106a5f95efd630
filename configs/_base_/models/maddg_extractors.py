# The encoders of the sources for MADDG.
model = dict(
    type="MADDGExtractors",
    num_domains=None,
    backbone=dict(type="DepthNet"),
    depth_estimator=dict(type="DepthEstimator", in_channels=384),
    data_preprocessor=dict(type="FASDataPreprocessor", mean=[0.0] * 6, std=[1.0] * 6),
)
