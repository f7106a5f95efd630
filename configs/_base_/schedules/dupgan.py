# The third party's optimizers.
_base_ = ["./adam_4k.py"]
adam = dict(type="Adam", betas=(0.5, 0.999))
optim_wrapper = dict(
    _delete_=True,
    constructor="MultiOptimWrapperConstructor",
    generator=dict(
        parts=["backbone", "head", "generator"],
        optimizer=dict(lr=2e-4, **adam),
        # 2e-5
        paramwise_cfg=dict(custom_keys=dict(generator=dict(lr_mult=0.1))),
    ),
    discriminators=dict(optimizer=dict(lr=1e-5, **adam)),
)
param_scheduler = dict(_delete_=True, generator=[], discriminators=[])
