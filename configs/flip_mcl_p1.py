"""FLIP-MCL, protocol 1: three of MSU-MFSD, CASIA-MFSD, Replay-Attack, OULU-NPU and CelebA-Spoof train, the 4th tests.

FLIP, ICCV 2023, table 2. Expected at data/MCIO: frame/ and txt/ of the official release (see docs/real_data.md).

    python tools/train.py configs/flip_mcl_p1.py --target O

Quoted from the paper, HTER / AUC / TPR@FPR=1% in percent, means of 5 seeds, checkpoint and threshold of the target:
OCI->M 4.95/98.11/74.67, OMI->C 0.54/99.98/100.00, OCM->I 4.25/99.07/84.62, ICM->O 2.31/99.63/92.28.
"""

_base_ = [
    "./_base_/models/flip_mcl.py",
    "./_base_/datasets/mcio_bs3_224_multiview.py",
    "./_base_/schedules/adam_4k.py",
    "./_base_/default_runtime.py",
]
