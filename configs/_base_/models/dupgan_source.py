# The encoder and the classifier of DupGAN.
_base_ = ["./dupgan.py"]
model = dict(
    _delete_=True,
    type="ImageClassifier",
    backbone={{_base_.encoder}},
    neck=dict(type="LeakyReLUNeck"),
    head=dict(type="LinearClsHead", num_classes=2, in_channels=512),
    data_preprocessor=dict(type="FASDataPreprocessor", mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)),
)
