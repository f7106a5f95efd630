"""FLIP-IT, protocol 1, with prompt P6 alone.

    python tools/train.py configs/ablations/flip_it_p1_prompts-p6.py --target O

Quoted from the paper, table 6, HTER / AUC in percent:
OCI->M 5.58/98.00, OMI->C 0.30/99.99, OCM->I 2.85/99.28, ICM->O 3.03/99.46; mean HTER 2.94.
"""

_base_ = ["../flip_it_p1.py", "../_base_/prompts/sets.py"]
model = dict(head=dict(prompts={{_base_.prompt_sets.p6}}))
