"""FLIP-MCL on the synthetic data set, with the loss weights (1, 1, 0).

    python tools/train.py configs/ablations/flip_mcl_demo_weights-1-1-0.py --target O

Metrics on synthetic faces prove nothing about real attacks; see docs/ablations.md.
"""

_base_ = ["../flip_mcl_demo.py"]
model = dict(head=dict(consistency=dict(loss_weight=0.0)))
