"""FLIP-IT, protocol 1, with prompt P1 alone.

    python tools/train.py configs/ablations/flip_it_p1_prompts-p1.py --target O

Quoted from the paper, table 6, HTER / AUC in percent:
OCI->M 6.00/98.17, OMI->C 0.54/99.97, OCM->I 3.60/99.19, ICM->O 3.47/99.24; mean HTER 3.40.
"""

_base_ = ["../flip_it_p1.py", "../_base_/prompts/sets.py"]
model = dict(head=dict(prompts={{_base_.prompt_sets.p1}}))
