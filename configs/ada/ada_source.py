"""ADA, stage 1: ResNet-18 learns embeddings of one labelled source by triplets; two nearest neighbours decide.

    python tools/train.py configs/ada/ada_source.py --source C --target I

The release trains 20 epochs, with a tenth of the rate after every 5, of lists that are not public: an epoch is 100 iterations.
"""

_base_ = [
    "../_base_/models/ada_source.py",
    "../_base_/datasets/mcio_p3_bs32_248.py",
    "../_base_/schedules/adam_4k.py",
    "../_base_/default_runtime.py",
]
optim_wrapper = dict(optimizer=dict(lr=1e-4, betas=(0.9, 0.99), weight_decay=0))
param_scheduler = [dict(type="MultiStepLR", by_epoch=False, milestones=[500, 1000, 1500], gamma=0.1)]
train_cfg = dict(max_iters=2000, val_interval=100)
auto_scale_lr = dict(base_batch_size=32)
default_hooks = dict(memory=dict(type="NeighbourMemoryHook"))
