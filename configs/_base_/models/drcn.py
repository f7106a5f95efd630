# DRCN for 64 px, with the layers of the release (32 px); a prediction is the softmax of the classifier.
model = dict(
    type="DRCN",
    backbone=dict(type="DRCNEncoder", image_size=64, channels=(100, 150, 200), hidden=1024),
    head=dict(type="LinearClsHead", num_classes=2, in_channels=1024),
    decoder=dict(type="DRCNDecoder", image_size=64, channels=(100, 150, 200), hidden=1024),
    data_preprocessor=dict(type="FASDataPreprocessor", mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)),
)
