"""FLIP-V, protocol 2: two of WMCA, CASIA-SURF CeFA, CASIA-SURF and CelebA-Spoof train, the 3rd tests.

FLIP, ICCV 2023, table 3. Expected at data/WCS: frame/ and txt/ of the official release (see docs/real_data.md).

    python tools/train.py configs/flip_v_p2.py --target W

Quoted from the paper (C is CeFA), HTER / AUC / TPR@FPR=1% in percent, means of 5 seeds, checkpoint and threshold of the target:
CS->W 6.13/97.84/50.26, SW->C 10.89/95.82/53.93, CW->S 12.48/94.43/53.00.
"""

_base_ = [
    "./_base_/models/flip_v.py",
    "./_base_/datasets/wcs_bs8_224.py",
    "./_base_/schedules/adam_4k.py",
    "./_base_/default_runtime.py",
]
# The published rate belongs to 8 images per (domain, class).
auto_scale_lr = dict(base_batch_size=8)
