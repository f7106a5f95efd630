# Stage 1 of ADA and DR-UDA, called ML-Net: ResNet-18 from random weights, triplet loss, nearest neighbours.
normal = [
    dict(type="Normal", layer="Conv2d", std=0.02),
    dict(type="Normal", layer="BatchNorm2d", mean=1.0, std=0.02),
]
model = dict(
    type="ImageClassifier",
    backbone=dict(type="ResNet", depth=18, zero_init_residual=False, init_cfg=normal),
    neck=dict(type="FeatureMLP", in_channels=512, channels=(256, 128)),
    head=dict(type="KNNHead", in_channels=128, k=2, loss=dict(type="RandomNegativeTripletLoss", margin=1.0, squared=True)),
    data_preprocessor=dict(type="FASDataPreprocessor", mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)),
)
