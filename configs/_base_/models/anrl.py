# ANRL with the values of the released code; images of RGB and HSV in -1..1, and the hue of OpenCV (0..179) instead of 0..255.
hue = 0.5 * 255 / 179
model = dict(
    type="ANRL",
    num_domains=None,
    backbone=dict(type="DepthNet", conv_bias=True, norm="adanorm", init="kaiming"),
    embedder=dict(type="DepthEmbedder", in_channels=384, out_channels=2, conv_bias=True, init="kaiming"),
    depth_estimator=dict(type="DepthEstimator", in_channels=384, conv_bias=True, init="kaiming"),
    embeds="all",
    inner_rate=1e-4,
    order=2,
    first_order_path=False,
    mixed_meta_train=True,
    depth_weight=0.1,
    domain_weight=0.001,
    class_weight=0.001,
    data_preprocessor=dict(type="FASDataPreprocessor", mean=[0.5, 0.5, 0.5, hue, 0.5, 0.5], std=[0.5, 0.5, 0.5, hue, 0.5, 0.5]),
)
