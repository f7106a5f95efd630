# The rates and the length are those of RfMeta, a choice.
_base_ = ["./depthnet_30k.py"]
optim_wrapper = dict(
    _delete_=True,
    constructor="MultiOptimWrapperConstructor",
    network=dict(parts=["backbone", "embedder", "depth_estimator", "discriminator"], optimizer=dict(type="Adam", lr=1e-3)),
    gate=dict(optimizer=dict(type="Adam", lr=1e-3)),
)
