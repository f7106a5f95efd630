"""FLIP-IT, protocol 1, with prompt P4 alone.

    python tools/train.py configs/ablations/flip_it_p1_prompts-p4.py --target O

Quoted from the paper, table 6, HTER / AUC in percent:
OCI->M 5.78/97.91, OMI->C 0.65/99.93, OCM->I 3.72/99.21, ICM->O 3.54/99.28; mean HTER 3.42.
"""

_base_ = ["../flip_it_p1.py", "../_base_/prompts/sets.py"]
model = dict(head=dict(prompts={{_base_.prompt_sets.p4}}))
