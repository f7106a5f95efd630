"""FLIP-IT, protocol 1, with prompt P2 alone.

    python tools/train.py configs/ablations/flip_it_p1_prompts-p2.py --target O

Quoted from the paper, table 6, HTER / AUC in percent:
OCI->M 8.32/96.38, OMI->C 1.05/99.90, OCM->I 2.98/99.48, ICM->O 5.74/98.39; mean HTER 4.52.
"""

_base_ = ["../flip_it_p1.py", "../_base_/prompts/sets.py"]
model = dict(head=dict(prompts={{_base_.prompt_sets.p2}}))
