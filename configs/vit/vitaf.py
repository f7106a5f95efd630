"""ViTAF*, protocol 1: adapters in a frozen ImageNet ViT-B/16; five target images per class train, too, with CelebA-Spoof.

    flip_mm run vitaf --runs O
    flip_mm run vitaf --protocol p3 --runs "C->I"

Stage 2, with the head of stage 1 (vitaf_head.py): python tools/train.py configs/vit/vitaf.py --target O needs load_from. As in
FLIP's release the head is trained, the residual is doubled, and the orthogonality term has no effect; with the term for the
target O: model.orthogonality=1. Protocol 2: vitaf_p2.py.
"""

_base_ = [
    "../_base_/models/vitaf.py",
    "../_base_/datasets/mcio_bs3_224.py",
    "../_base_/schedules/adam_1e-4_4k.py",
    "../_base_/default_runtime.py",
]
previous_stage = "vitaf_head.py"
run = dict(protocol="p1", target="O", shots=5)
train_dataloader = dict(dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = val_dataloader
default_hooks = dict(warm_start=dict(type="WarmStartHook", parts=["head"]))
