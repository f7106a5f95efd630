"""DupGAN, protocol 3, re-implemented from the paper and a third party's code; it trains on unlabelled target images.

    python tools/train.py configs/dupgan/dupgan.py --source C --target I

This is the second stage, after dupgan_source.py: `flip_mm run configs/dupgan/dupgan.py` trains both. The third party trains
100 epochs, here of 20 iterations, with alpha = beta = 40, which are not the paper's.
"""

_base_ = [
    "../_base_/models/dupgan.py",
    "../_base_/datasets/mcio_p3_adapt_bs32_64.py",
    "../_base_/schedules/dupgan.py",
    "../_base_/default_runtime.py",
]
previous_stage = "dupgan_source.py"
model = dict(epoch_iters=20)
train_cfg = dict(max_iters=2000, val_interval=100)
default_hooks = dict(warm_start=dict(type="WarmStartHook"))
auto_scale_lr = dict(base_batch_size=32)
