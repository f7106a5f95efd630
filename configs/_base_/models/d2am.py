# D2AM. Known are both rates, the weights of MMD and entropy and the network of RfMeta; the rest are choices, see
# docs/methods.md.
model = dict(
    type="D2AM",
    backbone=dict(type="DRLMDepthNet", conv_bias=True, reduction=16),
    embedder=dict(type="DepthEmbedder", in_channels=128, conv_bias=True, bn_momentum=0.1),
    depth_estimator=dict(type="DepthEstimator", in_channels=384, conv_bias=True),
    inner_rate=1e-3,
    depth_weight=10.0,
    mmd_weight=0.05,
    mmd_bandwidths=(1.0, 5.0, 10.0),
    entropy_weight=0.1,
    two_sided_entropy=False,
    # Of the first clustering.
    first_backbone=dict(
        type="ResNet",
        depth=50,
        out_indices=(0, 1, 2, 3),
        init_cfg=dict(
            type="Pretrained",
            checkpoint="https://download.openmmlab.com/mmclassification/v0/resnet/resnet50_8xb32_in1k_20210831-ea4938fc.pth",
            prefix="backbone",
        ),
    ),
    data_preprocessor=dict(type="FASDataPreprocessor", mean=[0.0] * 6, std=[1.0] * 6),
)
