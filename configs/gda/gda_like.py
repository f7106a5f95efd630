"""GDA-like, protocol 1: stage 2, a generator that gives the target's images the style of the sources.

    flip_mm run configs/gda/gda_like.py --runs O
    python tools/train.py configs/gda/gda_like.py --target O --cfg-options load_from=STAGE1.pth

Implemented from a description of the paper; forms, weights and schedule are choices. It trains on unlabelled images of the
target, also in protocol 1: its results are not comparable with those of methods that see no target images.
"""

_base_ = [
    "../_base_/models/gda_like.py",
    "../_base_/datasets/mcio_bs10_256.py",
    "../_base_/schedules/adam_4k.py",
    "../_base_/default_runtime.py",
]
previous_stage = "gda_source.py"
run = dict(unlabelled="train")
# Labelled images have no part in this stage; a batch must contain one of each stream.
train_dataloader = dict(batch_size=1, batch_sampler=dict(unlabelled_size=20), dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = dict(dataset=dict(run=run))
optim_wrapper = dict(optimizer=dict(lr=1e-4, weight_decay=0.0))
default_hooks = dict(warm_start=dict(type="WarmStartHook"))
auto_scale_lr = dict(base_batch_size=1)
