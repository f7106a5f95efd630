"""FLIP-IT from random weights.

    python tools/train.py configs/language/language_it_scratch.py --target O

A variant of the experiment in docs/language.md, on the synthetic data set.
"""

_base_ = ["../flip_it_demo.py"]
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=400, eta_min=1e-5)]
# The only validation is the last one, so nothing chooses a checkpoint.
train_cfg = dict(max_iters=400, val_interval=400)
