"""FLIP-V, protocol 3: one of MSU-MFSD, CASIA-MFSD, Replay-Attack, OULU-NPU and CelebA-Spoof train, another one tests.

FLIP, ICCV 2023, table 4. Expected at data/MCIO: frame/ and txt/ of the official release (see docs/real_data.md).

    python tools/train.py configs/flip_v_p3.py --source C --target I

Quoted from the paper, HTER in percent, means of 5 seeds, checkpoint and threshold of the target:
C->I 15.08, C->M 13.73, C->O 12.34, I->C 4.30, I->M 9.68, I->O 7.87,
M->C 0.56, M->I 3.96, M->O 4.79, O->C 2.09, O->I 5.01, O->M 6.00; average 7.12.
"""

_base_ = [
    "./_base_/models/flip_v.py",
    "./_base_/datasets/mcio_p3_bs3_224.py",
    "./_base_/schedules/adam_4k.py",
    "./_base_/default_runtime.py",
]
