"""FLIP-V, protocol 1: three of MSU-MFSD, CASIA-MFSD, Replay-Attack, OULU-NPU and CelebA-Spoof train, the 4th tests.

FLIP, ICCV 2023, table 2. Expected at data/MCIO: frame/ and txt/ of the official release (see docs/real_data.md).

    python tools/train.py configs/flip_v_p1.py --target O

Quoted from the paper, HTER / AUC / TPR@FPR=1% in percent, means of 5 seeds, checkpoint and threshold of the target:
OCI->M 3.79/99.31/87.99, OMI->C 1.27/99.75/95.85, OCM->I 4.71/98.80/75.84, ICM->O 4.15/98.76/66.47.
"""

_base_ = [
    "./_base_/models/flip_v.py",
    "./_base_/datasets/mcio_bs3_224.py",
    "./_base_/schedules/adam_4k.py",
    "./_base_/default_runtime.py",
]
