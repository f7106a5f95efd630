# DRDG-like. All values but the network are choices, see docs/methods.md.
model = dict(
    type="DRDGLike",
    backbone=dict(type="DepthNet", conv_bias=True),
    embedder=dict(type="DepthEmbedder", in_channels=128, conv_bias=True),
    depth_estimator=dict(type="DepthEstimator", in_channels=384, conv_bias=True),
    num_domains=None,
    reversal_iters=30000,
    depth_weight=10.0,
    domain_weight=0.1,
    gate_weight=1.0,
    bias_power=1.0,
    distillation_target="ungated",
    temperature=1.0,
    gate=dict(reduction=16, kernel_size=7),
    data_preprocessor=dict(type="FASDataPreprocessor", mean=[0.0] * 6, std=[1.0] * 6),
)
