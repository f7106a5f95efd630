"""FLIP-MCL on the synthetic data set, with the loss weights (1, 0, 1).

    python tools/train.py configs/ablations/flip_mcl_demo_weights-1-0-1.py --target O

Metrics on synthetic faces prove nothing about real attacks; see docs/ablations.md.
"""

_base_ = ["../flip_mcl_demo.py"]
model = dict(head=dict(simclr=dict(loss_weight=0.0)))
