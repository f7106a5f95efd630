# M, C, I, O without CelebA-Spoof, one source, 64 px, without augmentation: for methods that generate images.
_base_ = ["./mcio_bs3_224.py"]
run = dict(protocol="p3", source="C", target="I", aux=False)
image_size = (64, 64)

resize = dict(type="torchvision/Resize", size=image_size, interpolation="bicubic")
pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, {{_base_.to_numpy}}, {{_base_.pack}}]
train_dataloader = dict(batch_size=32, dataset=dict(run=run, pipeline=pipeline))
val_dataloader = dict(dataset=dict(run=run, pipeline=pipeline))
test_dataloader = val_dataloader
