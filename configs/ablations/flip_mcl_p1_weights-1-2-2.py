"""FLIP-MCL, protocol 1, with the loss weights (1, 2, 2).

    python tools/train.py configs/ablations/flip_mcl_p1_weights-1-2-2.py --target O

Quoted from the paper, table 7, mean HTER of the four runs in percent: 3.20 (1, 1, 1: 3.01).
"""

_base_ = ["../flip_mcl_p1.py"]
model = dict(head=dict(simclr=dict(loss_weight=2.0), consistency=dict(loss_weight=2.0)))
