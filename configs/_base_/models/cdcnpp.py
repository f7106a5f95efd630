# CDCN++: predicts the depth map of a face; RGB images in -1..1.
model = dict(
    type="ImageClassifier",
    backbone=dict(type="CDCN", map_size=32),
    head=dict(type="DepthMapHead", in_channels=384, channels=(128,), contrast=dict(type="ContrastDepthLoss", loss_weight=1.0)),
    data_preprocessor=dict(type="FASDataPreprocessor", mean=(0.5, 0.5, 0.5), std=(128 / 255, 128 / 255, 128 / 255)),
)
