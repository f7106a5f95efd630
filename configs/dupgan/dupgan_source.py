"""DupGAN, first stage: encoder and classifier on the labelled source, protocol 3.

    python tools/train.py configs/dupgan/dupgan_source.py --source C --target I

`flip_mm run configs/dupgan/dupgan.py` trains both stages. The third party trains 30 epochs, here of 20 iterations.
"""

_base_ = [
    "../_base_/models/dupgan_source.py",
    "../_base_/datasets/mcio_p3_bs32_64.py",
    "../_base_/schedules/adam_4k.py",
    "../_base_/default_runtime.py",
]
optim_wrapper = dict(optimizer=dict(lr=2e-4, betas=(0.5, 0.999), weight_decay=0.0))
train_cfg = dict(max_iters=600, val_interval=100)
auto_scale_lr = dict(base_batch_size=32)
