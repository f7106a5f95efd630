"""SSAN-R (CVPR 2022), protocol 1 without CelebA-Spoof, with the settings of the authors' release.

    python tools/train.py configs/ssan/ssan_r.py --target O

The release trains 1200 epochs of 16 random images, halves the rate every 500 and tests after each: for ICM->O, with 720
videos of the sources, 45 iterations each. Here a batch has 3 images of every (domain, class), 18 in all, and a validation is
every 450 iterations. `model.grl=True` reverses the gradient of the discriminator as in the paper. See docs/methods.md.
"""

_base_ = [
    "../_base_/models/ssan_r.py",
    "../_base_/datasets/mcio_bs10_256.py",
    "../_base_/schedules/adam_4k.py",
    "../_base_/default_runtime.py",
]
resize = dict(type="torchvision/Resize", size=(256, 256), interpolation="bilinear")
train_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, {{_base_.flip}}, {{_base_.to_numpy}}, {{_base_.pack}}]
test_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, {{_base_.to_numpy}}, {{_base_.pack}}]
train_dataloader = dict(batch_size=3, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
optim_wrapper = dict(optimizer=dict(_delete_=True, type="Adam", lr=1e-4, weight_decay=5e-5))
param_scheduler = [dict(type="StepLR", by_epoch=False, step_size=22500, gamma=0.5)]
train_cfg = dict(max_iters=54000, val_interval=450)
