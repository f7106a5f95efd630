"""ViTAF*, stage 1, protocol 2: as vitaf_head.py, with 8 images per (domain, class).

python tools/train.py configs/vit/vitaf_head_p2.py --target W
"""

_base_ = ["./vit_p2.py"]
run = dict(protocol="p2", target="W", shots=5)
model = dict(frozen=["backbone"])
train_dataloader = dict(dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = val_dataloader
train_cfg = dict(max_iters=101, val_interval=101)
