# FGHV-like: the extractor of the depth methods without depth, with generated features; all values are choices.
model = dict(
    type="FGHVLike",
    backbone=dict(type="DepthNet"),
    embedder=dict(type="DepthEmbedder", in_channels=128, out_channels=64),
    data_preprocessor=dict(type="FASDataPreprocessor", mean=[0.0] * 6, std=[1.0] * 6),
)
