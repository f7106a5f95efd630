# As adam_4k.py, with the rate of ViT, ViTAF* and DiVT-M.
_base_ = ["./adam_4k.py"]
optim_wrapper = dict(optimizer=dict(lr=1e-4))
