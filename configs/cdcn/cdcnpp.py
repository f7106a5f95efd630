"""CDCN++ (Yu et al., CVPR 2020), protocol 1: the public relative of NAS-FAS (its searched cells are not public).

    python tools/train.py configs/cdcn/cdcnpp.py --target O --depth-root data/depth

Network, losses, optimizer and augmentation are those of the release. Its 1400 epochs of one frame of each of the 1200 training
videos of OULU-NPU are 28,000 iterations of 60 images here; the rate is halved every 500 epochs. The batch, equal for each
source and class, is a choice: the release has one source. Without depth maps a substitute is used: docs/depth.md.
"""

_base_ = [
    "../_base_/models/cdcnpp.py",
    "../_base_/datasets/mcio_depth_rgb_bs10_256.py",
    "../_base_/schedules/adam_4k.py",
    "../_base_/default_runtime.py",
]
black = (0, 0, 0)
colour = dict(type="ColourShift", add=40, gamma=(0.5, 1.5))
box = dict(type="RandomErasing", erase_prob=1.0, min_area_ratio=0.01, max_area_ratio=0.05, mode="const", fill_color=black)
one_or_two = dict(type="RandomChoice", transforms=[[box], [box, box]])
erase = dict(type="RandomApply", transforms=[one_or_two], prob=0.5)
cutout = dict(type="Cutout", pad_val=black, prob=1.0, magnitude_range=(1, 50), magnitude_std="inf")
train_pipeline = [
    *({{_base_.load}}, {{_base_.to_pil}}, {{_base_.resize}}, {{_base_.to_numpy}}),
    *(colour, erase, {{_base_.mirror}}, {{_base_.depth}}, cutout, {{_base_.pack_depth}}),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

optim_wrapper = dict(optimizer=dict(lr=1e-4, weight_decay=5e-5))
param_scheduler = [dict(type="StepLR", by_epoch=False, step_size=10000, gamma=0.5)]
train_cfg = dict(max_iters=28000, val_interval=1000)
auto_scale_lr = dict(base_batch_size=10)
default_hooks = dict(checkpoint=dict(interval=1000))
