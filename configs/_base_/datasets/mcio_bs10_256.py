# M, C, I, O without CelebA-Spoof, as the methods of tables 2 and 4 of FLIP: 256 px, ten images per (domain, class), flips only.
_base_ = ["./mcio_bs3_224.py"]
run = dict(protocol="p1", target="O", aux=False)
image_size = (256, 256)

resize = dict(type="torchvision/Resize", size=image_size, interpolation="bicubic")
train_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, {{_base_.flip}}, {{_base_.to_numpy}}, {{_base_.pack}}]
test_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, {{_base_.to_numpy}}, {{_base_.pack}}]
train_dataloader = dict(batch_size=10, dataset=dict(run=run, pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(run=run, pipeline=test_pipeline))
test_dataloader = val_dataloader
