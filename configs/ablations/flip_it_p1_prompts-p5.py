"""FLIP-IT, protocol 1, with prompt P5 alone.

    python tools/train.py configs/ablations/flip_it_p1_prompts-p5.py --target O

Quoted from the paper, table 6, HTER / AUC in percent:
OCI->M 6.48/98.37, OMI->C 0.46/99.96, OCM->I 2.52/99.55, ICM->O 3.24/99.30; mean HTER 3.17.
"""

_base_ = ["../flip_it_p1.py", "../_base_/prompts/sets.py"]
model = dict(head=dict(prompts={{_base_.prompt_sets.p5}}))
