"""FLIP-V, protocol 1, from random weights of ViT-B/16.

    python tools/train.py configs/ablations/flip_v_p1_init-scratch.py --target O

Quoted from the paper, table 5, HTER / AUC in percent:
OCI->M 18.32/87.36, OMI->C 40.05/61.13, OCM->I 19.22/88.15, ICM->O 29.72/73.66; mean HTER 25.86.
"""

_base_ = ["./flip_v_p1_init-imagenet.py"]
model = dict(backbone=dict(pretrained=None))
