"""SSDG-R (CVPR 2020), protocol 1 without CelebA-Spoof, with the settings of the authors' release.

    python tools/train.py configs/ssdg/ssdg_r.py --target O

The release validates every 10 iterations on the target and keeps the best: a more optimistic choice than every 100, as here.
The fourth stage gets ImageNet weights, as in the paper, by `model = dict(neck=dict(init_cfg=...))` with the `init_cfg` of the
backbone. See docs/methods.md.
"""

_base_ = [
    "../_base_/models/ssdg_r.py",
    "../_base_/datasets/mcio_bs10_256.py",
    "../_base_/schedules/sgd_4k.py",
    "../_base_/default_runtime.py",
]
# 0.01 is configured in the release, but its schedule starts at a tenth of it.
optim_wrapper = dict(optimizer=dict(lr=1e-3))
auto_scale_lr = dict(base_batch_size=10)
param_scheduler = [dict(type="MultiStepLR", by_epoch=False, milestones=[1500], gamma=0.1)]
by_target = dict(
    O={"model.triplet_weight": 2.0, "model.adversarial_weight": 0.1},
    C={"param_scheduler.0.milestones": [500]},
    I={"param_scheduler.0.milestones": [500]},
)
