"""FLIP-MCL on the synthetic data set, with the loss weights (1, 2, 2).

    python tools/train.py configs/ablations/flip_mcl_demo_weights-1-2-2.py --target O

Metrics on synthetic faces prove nothing about real attacks; see docs/ablations.md.
"""

_base_ = ["../flip_mcl_demo.py"]
model = dict(head=dict(simclr=dict(loss_weight=2.0), consistency=dict(loss_weight=2.0)))
