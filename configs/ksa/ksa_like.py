"""KSA-like, protocol 3: kernel subspace alignment of ResNet-18 features, fitted once, without a gradient step.

    python tools/train.py configs/ksa/ksa_like.py --source C --target I

In the spirit of "Unsupervised Domain Adaptation for Face Anti-Spoofing" (TIFS 2018): no program was published, and its features
are not known. Not comparable with the published row. Sees the target's images without labels.
"""

_base_ = [
    "../_base_/models/ksa_like.py",
    "../_base_/datasets/mcio_p3_adapt_bs10_256.py",
    "../_base_/schedules/adam_4k.py",
    "../_base_/default_runtime.py",
]
custom_hooks = [dict(type="FitOnceHook")]
train_cfg = dict(max_iters=1, val_interval=1)
auto_scale_lr = dict(base_batch_size=10)
