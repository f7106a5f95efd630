"""FLIP-V, protocol 1, from ImageNet's weights of timm's ViT-B/16 (the baseline "ViT" of table 2).

    python tools/train.py configs/ablations/flip_v_p1_init-imagenet.py --target O

Quoted from the paper, table 5, HTER / AUC in percent:
OCI->M 1.58/99.68, OMI->C 5.70/98.91, OCM->I 9.25/97.15, ICM->O 7.47/98.42; mean HTER 6.00.
"""

_base_ = ["../flip_v_p1.py"]
model = dict(backbone=dict(_delete_=True, type="TimmTower", arch="vit_base_patch16_224", pretrained="augreg_in21k_ft_in1k"))
optim_wrapper = dict(optimizer=dict(lr=1e-4))
