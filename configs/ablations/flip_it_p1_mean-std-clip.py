"""FLIP-IT, protocol 1, with CLIP's mean and standard deviation of images.

    python tools/train.py configs/ablations/flip_it_p1_mean-std-clip.py --target O

There is no published value; see docs/ablations.md.
"""

_base_ = ["../flip_it_p1.py"]
model = dict(data_preprocessor=dict(mean="backbone", std="backbone"))
