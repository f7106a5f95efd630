# As mcio_bs10_256.py, with depth maps of 32x32 for training; see docs/depth.md.
_base_ = ["./mcio_bs10_256.py"]

# Sets `flip` in the sample, so that the map is flipped with the image.
mirror = dict(type="RandomFlip", prob=0.5, direction="horizontal")
depth = dict(type="LoadDepth", size=32)
pack_depth = dict(type="PackInputs", algorithm_keys=["depth"], meta_keys={{_base_.meta_keys}})
train_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, {{_base_.resize}}, {{_base_.to_numpy}}, mirror, depth, pack_depth]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
