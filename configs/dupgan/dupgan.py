"""DupGAN, protocol 3, re-implemented from the paper and a third party's code; it trains on unlabelled target images.

    python tools/train.py configs/dupgan/dupgan.py --source C --target I

This is the second stage, after dupgan_source.py: `flip_mm run configs/dupgan/dupgan.py` trains both. The third party trains
100 epochs, here of 20 iterations, with alpha = beta = 40, which are not the paper's.
"""

_base_ = [
    "../_base_/models/dupgan.py",
    "../_base_/datasets/mcio_p3_adapt_bs32_64.py",
    "../_base_/schedules/adam_4k.py",
    "../_base_/default_runtime.py",
]
previous_stage = "dupgan_source.py"
model = dict(epoch_iters=20)
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
train_cfg = dict(max_iters=2000, val_interval=100)
default_hooks = dict(warm_start=dict(type="WarmStartHook"))
