"""D2AM, protocol 1: pseudo-domains instead of labels of domains, meta-learning, depth maps.

    python tools/train.py configs/d2am/d2am.py --target O

Implemented from descriptions of the paper; its authors published no code. Needs depth maps (docs/depth.md). Length and epoch
are choices: as RfMeta, with a clustering after each of ten epochs.
"""

_base_ = [
    "../_base_/models/d2am.py",
    "../_base_/datasets/mcio_depth_noflip_bs10_256.py",
    "../_base_/schedules/depthnet_30k.py",
    "../_base_/default_runtime.py",
]
optim_wrapper = dict(optimizer=dict(lr=1e-4))
default_hooks = dict(pseudo_domains=dict(type="PseudoDomainHook", num_domains=3, interval=3000, pairing="hungarian"))
