"""FLIP-MCL, protocol 2: two of WMCA, CASIA-SURF CeFA, CASIA-SURF and CelebA-Spoof train, the 3rd tests.

FLIP, ICCV 2023, table 3. Expected at data/WCS: frame/ and txt/ of the official release (see docs/real_data.md).

    python tools/train.py configs/flip_mcl_p2.py --target W

Quoted from the paper (C is CeFA), HTER / AUC / TPR@FPR=1% in percent, means of 5 seeds, checkpoint and threshold of the target:
CS->W 4.46/99.16/83.86, SW->C 9.66/96.69/59.00, CW->S 11.71/95.21/57.98.
"""

_base_ = [
    "./_base_/models/flip_mcl.py",
    "./_base_/datasets/wcs_bs3_224_multiview.py",
    "./_base_/schedules/adam_4k.py",
    "./_base_/default_runtime.py",
]
