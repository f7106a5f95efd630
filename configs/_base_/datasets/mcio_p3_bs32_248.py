# One source, as the release of ADA and DR-UDA: 248 px of 256, weak augmentation, 32 images of each class.
_base_ = ["./mcio_bs3_224.py"]
run = dict(protocol="p3", source="C", target="I", aux=False)
image_size = (248, 248)

resize = dict(type="torchvision/Resize", size=(256, 256), interpolation="bilinear")
centre = dict(type="torchvision/CenterCrop", size=image_size)
augment = [
    dict(type="torchvision/RandomCrop", size=image_size),
    {{_base_.flip}},
    dict(type="torchvision/RandomRotation", degrees=15),
    dict(type="torchvision/ColorJitter", brightness=0.1, contrast=0.1, saturation=0.1, hue=0.1),
]
train_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, *augment, {{_base_.to_numpy}}, {{_base_.pack}}]
test_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, centre, {{_base_.to_numpy}}, {{_base_.pack}}]
train_dataloader = dict(batch_size=32, dataset=dict(run=run, pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(run=run, pipeline=test_pipeline))
test_dataloader = val_dataloader
