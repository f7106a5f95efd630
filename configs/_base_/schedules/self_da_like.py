# The rates of the paper; the length is that of RfMeta, a choice.
_base_ = ["./depthnet_30k.py"]
optim_wrapper = dict(
    _delete_=True,
    constructor="MultiOptimWrapperConstructor",
    network=dict(parts=["backbone", "embedder", "depth_estimator", "autoencoder"], optimizer=dict(type="Adam", lr=1e-3)),
    adaptor=dict(optimizer=dict(type="Adam", lr=1e-3)),
)
