# The three optimizers of MADDG. The rates of the release.
_base_ = ["./depthnet_30k.py"]
optim_wrapper = dict(
    _delete_=True,
    type="OptimWrapper",
    constructor="MultiOptimWrapperConstructor",
    shared=["backbone"],
    depth=dict(parts=["backbone", "depth_estimator"], optimizer=dict(type="Adam", lr=1e-4, fused=True)),
    generator=dict(parts=["backbone", "embedder"], optimizer=dict(type="Adam", lr=1e-5, fused=True)),
    critics=dict(optimizer=dict(type="Adam", lr=1e-5, fused=True)),
)
param_scheduler = dict(_delete_=True, depth=[], generator=[], critics=[])
