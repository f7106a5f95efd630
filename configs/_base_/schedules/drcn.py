# The release's rates. Each loss has its own moments of the encoder's gradients, as there.
_base_ = ["./adam_4k.py"]
optim_wrapper = dict(
    _delete_=True,
    constructor="MultiOptimWrapperConstructor",
    shared=["backbone"],
    autoencoder=dict(parts=["backbone", "decoder"], optimizer=dict(type="Adam", lr=3e-4)),
    classifier=dict(parts=["backbone", "head"], optimizer=dict(type="Adam", lr=3e-4)),
)
param_scheduler = dict(_delete_=True, autoencoder=[], classifier=[])
