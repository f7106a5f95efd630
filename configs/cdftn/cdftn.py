"""CDFTN, first stage: a translator between source and target, protocol 3; it trains on unlabelled target images.

    python tools/train.py configs/cdftn/cdftn.py --source C --target I

`flip_mm run configs/cdftn/cdftn_l.py` trains both stages. Layers, weights of losses, optimizer and schedule are chosen here:
the authors published no code.
"""

_base_ = [
    "../_base_/models/cdftn.py",
    "../_base_/datasets/mcio_p3_adapt_bs10_256.py",
    "../_base_/schedules/cdftn.py",
    "../_base_/default_runtime.py",
]
train_dataloader = dict(batch_size=2)
train_cfg = dict(max_iters=10000, val_interval=1000)
auto_scale_lr = dict(base_batch_size=2)
