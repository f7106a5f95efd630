# The synthetic set at 32 px, flipped at random, for methods that generate images.
_base_ = ["./mcio_bs3_224.py"]
run = dict(protocol="p1", target="O", aux=False)
data_root = "data/demo"
image_size = (32, 32)

resize = dict(type="torchvision/Resize", size=image_size, interpolation="bicubic")
train_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, {{_base_.flip}}, {{_base_.to_numpy}}, {{_base_.pack}}]
test_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, {{_base_.to_numpy}}, {{_base_.pack}}]
train_dataloader = dict(num_workers=1, dataset=dict(run=run, data_root=data_root, pipeline=train_pipeline))
val_dataloader = dict(num_workers=1, batch_size=60, dataset=dict(run=run, data_root=data_root, pipeline=test_pipeline))
test_dataloader = val_dataloader
