"""DiVT-M, protocol 1: MobileViT-S, real and the kinds of attack as classes, concentrated features of real images.

    python tools/train.py configs/divt/divt_m.py --target O

From the paper's equations: cross entropy and 0.2 times the l1 norm of the features of real images, divided by the number of all
images; with a third party's form: model.head.reduction=map. Ten images per (domain, class), flips, BGR: not known of the paper.
"""

_base_ = [
    "../_base_/models/divt_m.py",
    "../_base_/datasets/mcio_bs10_256.py",
    "../_base_/schedules/adam_1e-4_4k.py",
    "../_base_/default_runtime.py",
]
auto_scale_lr = dict(base_batch_size=10)
