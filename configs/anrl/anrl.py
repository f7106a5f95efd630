"""ANRL, protocol 1: adaptive normalisation with a meta-learned attention and a depth loss, as in the released code.

    python tools/train.py configs/anrl/anrl.py --target O

Needs depth maps (docs/depth.md) and at least two source domains. The release leaves optimizer, rate, decay and batch size out of
its configs: those here are a choice.
"""

_base_ = [
    "../_base_/models/anrl.py",
    "../_base_/datasets/mcio_depth_bs10_256.py",
    "../_base_/schedules/depthnet_30k.py",
    "../_base_/default_runtime.py",
]
# 30,000 iterations as 50 epochs.
model = dict(epoch_iters=600)
optim_wrapper = dict(optimizer=dict(lr=1e-4, weight_decay=5e-4))
param_scheduler = [dict(type="StepLR", by_epoch=False, step_size=12000, gamma=0.1)]
