"""ERM with ResNet-18, protocol 3: the plain baseline with one source and CelebA-Spoof.

    python tools/train.py configs/erm/erm_r18_p3.py --source C --target I

As erm_r18_p1.py: there are no published values to compare with.
"""

_base_ = [
    "../_base_/models/erm_r18.py",
    "../_base_/datasets/mcio_p3_bs3_224.py",
    "../_base_/schedules/sgd_4k.py",
    "../_base_/default_runtime.py",
]
