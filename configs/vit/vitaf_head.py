"""ViTAF*, stage 1: the head on a frozen ViT, 101 iterations; five target images per class train, too.

    python tools/train.py configs/vit/vitaf_head.py --target O

Stage 2 is vitaf.py; `flip_mm run vitaf --runs O` trains both. Only the head is carried over. The release does not validate.
With its environment file this stage has other weights than stage 2: model.backbone.pretrained="augreg_in21k_ft_in1k".
"""

_base_ = ["./vit.py"]
run = dict(protocol="p1", target="O", shots=5)
model = dict(frozen=["backbone"])
train_dataloader = dict(dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = val_dataloader
train_cfg = dict(max_iters=101, val_interval=101)
