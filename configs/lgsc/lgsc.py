"""LGSC, protocol 1, re-implemented: spoof cues of a U-Net, the second stage of CDFTN-L without target images.

    python tools/train.py configs/lgsc/lgsc.py --target O

Losses, optimizer and batch of 96 images of the release; its settings for these data sets are not published.
"""

_base_ = [
    "../_base_/models/lgsc.py",
    "../_base_/datasets/mcio_bs3_224.py",
    "../_base_/schedules/lgsc.py",
    "../_base_/default_runtime.py",
]
run = dict(protocol="p1", target="O", aux=False)
train_dataloader = dict(batch_size=16, dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = val_dataloader
auto_scale_lr = dict(base_batch_size=16)
