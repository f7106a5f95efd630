"""FLIP-IT on the synthetic data set, with CLIP's mean and standard deviation of images.

    python tools/train.py configs/ablations/flip_it_demo_mean-std-clip.py --target O

Metrics on synthetic faces prove nothing about real attacks; see docs/ablations.md.
"""

_base_ = ["../flip_it_demo.py"]
model = dict(data_preprocessor=dict(mean="backbone", std="backbone"))
