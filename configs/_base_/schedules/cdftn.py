# MUNIT's optimizer for both; the paper's is unknown.
_base_ = ["./adam_4k.py"]
adam = dict(type="Adam", lr=1e-4, betas=(0.5, 0.999), weight_decay=1e-4)
optim_wrapper = dict(
    _delete_=True,
    constructor="MultiOptimWrapperConstructor",
    translator=dict(parts=["translator", "head"], optimizer=adam),
    judges=dict(optimizer=adam),
)
param_scheduler = dict(_delete_=True, translator=[], judges=[])
