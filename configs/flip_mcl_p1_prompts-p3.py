"""FLIP-MCL, protocol 1, with one pair of prompts instead of six: how to use other prompts.

Prompt P3 of the paper's table 1. The paper has no value for FLIP-MCL with it; quoted from table 6 for FLIP-IT with
P3, HTER in percent: OCI->M 4.68, OMI->C 0.21, OCM->I 4.30, ICM->O 4.07 (six prompts: 5.27, 0.44, 2.94, 3.61).

    python tools/train.py configs/flip_mcl_p1_prompts-p3.py --target O
"""

_base_ = ["./flip_mcl_p1.py"]
model = dict(head=dict(prompts=dict(real=["This is a real face"], spoof=["This is not a real face"])))
