"""MDDR-like, protocol 1: codes of liveness and identity, in the spirit of DR-MD-Net (its layers and losses are not public).

    python tools/train.py configs/mddr/mddr_like.py --target O

With one source (--protocol p3) only the disentanglement (DR-Net) is left. All settings are chosen here: no result may be named
MDDR or be compared with the published ones.
"""

_base_ = [
    "../_base_/models/mddr_like.py",
    "../_base_/datasets/mcio_bs10_64.py",
    "../_base_/schedules/mddr_like.py",
    "../_base_/default_runtime.py",
]
auto_scale_lr = dict(base_batch_size=10)
