# SPDX-License-Identifier: Apache-2.0
"""What it refuses; resumed trainings are in tests/tools/test_resume.py."""

from types import SimpleNamespace

import pytest
from mmpretrain.registry import LOOPS
from torch.utils.data import DataLoader


def test_a_sampler_that_cannot_start_anywhere_is_refused():
    with pytest.raises(TypeError, match=r"cannot start a BatchSampler at an iteration\. .*train_cfg.type='IterBasedTrainLoop'"):
        LOOPS.build(dict(type="ResumableTrainLoop", runner=SimpleNamespace(), dataloader=DataLoader([1, 2]), max_iters=4))
