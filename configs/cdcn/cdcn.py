"""CDCN (Yu et al., CVPR 2020), protocol 1: CDCN++ without attention and with the same channels in all blocks.

python tools/train.py configs/cdcn/cdcn.py --target O --depth-root data/depth
"""

_base_ = ["./cdcnpp.py"]
model = dict(
    backbone=dict(blocks=((128, 196, 128), (128, 196, 128), (128, 196, 128)), attention=None),
    head=dict(channels=(128, 64)),
)
