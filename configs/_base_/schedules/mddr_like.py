# One optimizer for both, a choice.
_base_ = ["./adam_4k.py"]
adam = dict(type="Adam", lr=1e-4, betas=(0.5, 0.999))
optim_wrapper = dict(
    _delete_=True,
    constructor="MultiOptimWrapperConstructor",
    branches=dict(
        parts=["backbone", "head", "identity_backbone", "identity_head", "generators", "domain_heads"], optimizer=adam
    ),
    judges=dict(optimizer=adam),
)
param_scheduler = dict(_delete_=True, branches=[], judges=[])
