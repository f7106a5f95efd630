"""ViTAF*, stage 1, on the synthetic data set: the head on a small ViT with random weights, which train, too.

    python tools/train.py configs/vit/vitaf_head_demo.py --target O

There are no pretrained weights here, so this stage trains the whole model. Stage 2 is vitaf_demo.py. Metrics on synthetic faces
prove nothing about real attacks.
"""

_base_ = ["./vit_demo.py"]
run = dict(protocol="p1", target="O", aux=False, shots=5)
train_dataloader = dict(batch_size=5, dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = val_dataloader
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=400, eta_min=1e-5)]
train_cfg = dict(max_iters=400, val_interval=200)
