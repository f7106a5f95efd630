"""ERM with ResNet-18, protocol 1: the plain baseline, cross entropy over all source images.

    python tools/train.py configs/erm/erm_r18_p1.py --target O

Backbone, neck and head are MMPretrain's; ImageNet weights are downloaded once. The schedule is from no paper: there are
no published values to compare with.
"""

_base_ = [
    "../_base_/models/erm_r18.py",
    "../_base_/datasets/mcio_bs3_224.py",
    "../_base_/schedules/sgd_4k.py",
    "../_base_/default_runtime.py",
]
