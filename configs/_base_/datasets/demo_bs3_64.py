# The synthetic set of tools/dataset_converters/make_synthetic.py --out data/demo, at 64 px.
_base_ = ["./mcio_bs3_224.py"]
# Without the synthetic CelebA-Spoof: three domains train faster.
run = dict(protocol="p1", target="O", aux=False)
data_root = "data/demo"
image_size = (64, 64)

resize = dict(type="torchvision/Resize", size=image_size, interpolation="bicubic")
views = dict(type="TrainingViews", image_size=image_size, flip_prob=0.5, views="opencv")
train_pipeline = [{{_base_.load}}, {{_base_.jitter}}, views, {{_base_.pack}}]
test_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, {{_base_.to_numpy}}, {{_base_.pack}}]
train_dataloader = dict(num_workers=1, dataset=dict(run=run, data_root=data_root, pipeline=train_pipeline))
val_dataloader = dict(num_workers=1, batch_size=60, dataset=dict(run=run, data_root=data_root, pipeline=test_pipeline))
test_dataloader = val_dataloader
