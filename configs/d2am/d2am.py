"""D2AM, protocol 1: pseudo-domains instead of labels of domains, meta-learning, depth maps.

    python tools/train.py configs/d2am/d2am.py --target O

Implemented from descriptions of the paper; its authors published no code. Length and epoch are choices: ten epochs of 1000
iterations, with a clustering each.
"""

_base_ = [
    "../_base_/models/d2am.py",
    "../_base_/datasets/mcio_depth_bs10_256.py",
    "../_base_/schedules/adam_4k.py",
    "../_base_/default_runtime.py",
]
optim_wrapper = dict(optimizer=dict(lr=1e-4, weight_decay=0.0))
train_cfg = dict(max_iters=10000, val_interval=250)
default_hooks = dict(pseudo_domains=dict(type="PseudoDomainHook", num_domains=3, interval=1000, pairing="hungarian"))
auto_scale_lr = dict(base_batch_size=10)
