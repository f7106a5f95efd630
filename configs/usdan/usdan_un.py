"""USDAN-Un: one labelled source and the unlabelled target, with the settings of the release for M->C.

    python tools/train.py configs/usdan/usdan_un.py --source M --target C

Training sees target images, those of the test too, without labels. An epoch of the release has 3 iterations: its rate falls
at iterations 90 and 180. It validates after each epoch; here after ten. Its settings for other pairs are not public.
"""

_base_ = [
    "../_base_/models/usdan_un.py",
    "../_base_/datasets/mcio_bs10_256.py",
    "../_base_/schedules/sgd_4k.py",
    "../_base_/default_runtime.py",
]
run = dict(_delete_=True, protocol="p3", source="C", target="I", aux=False, unlabelled="train")
image_size = (224, 224)
resize = dict(type="torchvision/Resize", size=image_size, interpolation="bilinear")
train_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, {{_base_.flip}}, {{_base_.to_numpy}}, {{_base_.pack}}]
test_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, {{_base_.to_numpy}}, {{_base_.pack}}]
# 180 labelled and 180 unlabelled images.
train_dataloader = dict(batch_size=90, dataset=dict(run=run, pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(run=run, pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(run=run, pipeline=test_pipeline))
auto_scale_lr = dict(base_batch_size=90)

optim_wrapper = dict(paramwise_cfg=dict(custom_keys={"head.fc": dict(lr_mult=0.1)}))
param_scheduler = [dict(type="MultiStepLR", by_epoch=False, milestones=[90, 180], gamma=0.1)]
train_cfg = dict(max_iters=2001, val_interval=30)
