"""FLIP-MCL, protocol 3: one of MSU-MFSD, CASIA-MFSD, Replay-Attack, OULU-NPU and CelebA-Spoof train, another one tests.

FLIP, ICCV 2023, table 4. Expected at data/MCIO: frame/ and txt/ of the official release (see docs/real_data.md).

    python tools/train.py configs/flip_mcl_p3.py --source C --target I

Quoted from the paper, HTER in percent, means of 5 seeds, checkpoint and threshold of the target:
C->I 10.57, C->M 7.15, C->O 3.91, I->C 0.68, I->M 7.22, I->O 4.22,
M->C 0.19, M->I 5.88, M->O 3.95, O->C 0.19, O->I 5.69, O->M 8.40; average 4.84.
"""

_base_ = [
    "./_base_/models/flip_mcl.py",
    "./_base_/datasets/mcio_p3_bs3_224_multiview.py",
    "./_base_/schedules/adam_4k.py",
    "./_base_/default_runtime.py",
]
