"""FLIP-IT, protocol 1, with prompt P3 alone.

    python tools/train.py configs/ablations/flip_it_p1_prompts-p3.py --target O

Quoted from the paper, table 6, HTER / AUC in percent:
OCI->M 4.68/98.43, OMI->C 0.21/99.99, OCM->I 4.30/99.06, ICM->O 4.07/99.02; mean HTER 3.31.
"""

_base_ = ["../flip_it_p1.py", "../_base_/prompts/sets.py"]
model = dict(head=dict(prompts={{_base_.prompt_sets.p3}}))
