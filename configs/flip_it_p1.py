"""FLIP-IT, protocol 1: three of MSU-MFSD, CASIA-MFSD, Replay-Attack, OULU-NPU and CelebA-Spoof train, the 4th tests.

FLIP, ICCV 2023, table 2. Expected at data/MCIO: frame/ and txt/ of the official release (see docs/real_data.md).

    python tools/train.py configs/flip_it_p1.py --target O

Quoted from the paper, HTER / AUC / TPR@FPR=1% in percent, means of 5 seeds, checkpoint and threshold of the target:
OCI->M 5.27/98.41/79.33, OMI->C 0.44/99.98/99.86, OCM->I 2.94/99.42/84.62, ICM->O 3.61/99.15/84.76.
"""

_base_ = [
    "./_base_/models/flip_it.py",
    "./_base_/datasets/mcio_bs3_224.py",
    "./_base_/schedules/adam_4k.py",
    "./_base_/default_runtime.py",
]
