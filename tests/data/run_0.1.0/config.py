# A tiny FLIP-MCL for the files of this folder, see README.md.
_base_ = ["../../../configs/flip_mcl_demo.py"]
arch = {
    "embed_dim": 16,
    "quick_gelu": True,
    "vision_cfg": {"image_size": 64, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 16, "width": 32, "heads": 2, "layers": 1},
}
model = dict(
    backbone=dict(_delete_=True, type="OpenCLIP", arch=arch), head=dict(projector=dict(hid_channels=32, out_channels=8))
)
train_dataloader = dict(batch_size=1, num_workers=0)
val_dataloader = dict(num_workers=0)
test_dataloader = dict(num_workers=0)
train_cfg = dict(max_iters=8, val_interval=4)
default_hooks = dict(checkpoint=dict(interval=4), logger=dict(interval=1))
