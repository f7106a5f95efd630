# The synthetic set at 64 px with depth maps of 8x8 for training: those of `flip_mm synth --depth`, otherwise the substitute.
_base_ = ["./demo_bs3_64.py"]

mirror = dict(type="RandomFlip", prob=0.5, direction="horizontal")
depth = dict(type="LoadDepth", size=8)
pack_depth = dict(type="PackInputs", algorithm_keys=["depth"], meta_keys={{_base_.meta_keys}})
train_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, {{_base_.resize}}, {{_base_.to_numpy}}, mirror, depth, pack_depth]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
