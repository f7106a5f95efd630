"""FLIP-IT, protocol 3: one of MSU-MFSD, CASIA-MFSD, Replay-Attack, OULU-NPU and CelebA-Spoof train, another one tests.

FLIP, ICCV 2023, table 4. Expected at data/MCIO: frame/ and txt/ of the official release (see docs/real_data.md).

    python tools/train.py configs/flip_it_p3.py --source C --target I

Quoted from the paper, HTER in percent, means of 5 seeds, checkpoint and threshold of the target:
C->I 12.33, C->M 15.18, C->O 7.98, I->C 1.12, I->M 8.37, I->O 6.98,
M->C 0.19, M->I 5.21, M->O 4.96, O->C 0.16, O->I 4.27, O->M 5.63; average 6.03.
"""

_base_ = [
    "./_base_/models/flip_it.py",
    "./_base_/datasets/mcio_p3_bs3_224.py",
    "./_base_/schedules/adam_4k.py",
    "./_base_/default_runtime.py",
]
