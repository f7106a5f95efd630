"""ADDA, stage 1: ResNet-18 with ImageNet weights learns one labelled source by cross entropy.

    python tools/train.py configs/adda/adda_source.py --source C --target I

Encoder, size of the images and number of iterations are choices of flip_mm: the programs of ADDA are for digits.
"""

_base_ = [
    "../_base_/models/adda_source.py",
    "../_base_/datasets/mcio_bs10_256.py",
    "../_base_/schedules/adam_4k.py",
    "../_base_/default_runtime.py",
]
run = dict(_delete_=True, protocol="p3", source="C", target="I", aux=False)
image_size = (224, 224)
resize = dict(type="torchvision/Resize", size=image_size, interpolation="bicubic")
train_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, {{_base_.flip}}, {{_base_.to_numpy}}, {{_base_.pack}}]
test_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, {{_base_.to_numpy}}, {{_base_.pack}}]
# 50 labelled images; in stage 2, 50 unlabelled ones, too.
train_dataloader = dict(batch_size=25, dataset=dict(run=run, pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(run=run, pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(run=run, pipeline=test_pipeline))
auto_scale_lr = dict(base_batch_size=25)

optim_wrapper = dict(optimizer=dict(lr=1e-4, betas=(0.5, 0.9), weight_decay=0))
train_cfg = dict(max_iters=2000, val_interval=100)
