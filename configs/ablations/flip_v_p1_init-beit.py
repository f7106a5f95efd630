"""FLIP-V, protocol 1, from timm's weights of BEiT-B/16.

    python tools/train.py configs/ablations/flip_v_p1_init-beit.py --target O

Quoted from the paper, table 5, HTER / AUC in percent:
OCI->M 4.73/98.46, OMI->C 7.86/96.62, OCM->I 13.51/92.42, ICM->O 15.19/91.95; mean HTER 8.70.
"""

_base_ = ["./flip_v_p1_init-imagenet.py"]
model = dict(backbone=dict(arch="beit_base_patch16_224", pretrained="in22k_ft_in22k_in1k"))
