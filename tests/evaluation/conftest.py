# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from flip_mm.evaluation import ScoreTable

ATTACKS = ("mask", "print", "replay")


@pytest.fixture
def frames():
    """frames(seed): 2 or 3 frames of 20 real and 40 attack videos of 10 subjects, in mixed order, with equal scores."""

    def make(seed=0, domain="O"):
        rng = np.random.default_rng(seed)
        rows = []
        for video in range(60):
            real = video % 3 == 0
            attack = "bonafide" if real else ATTACKS[video % 7 % 3]
            for frame in range(2 + video % 2):
                score = float(np.clip(round(rng.normal(0.7 if real else 0.4, 0.2), 2), 0, 1))
                rows.append(
                    (f"{domain}/{video}_{frame}.png", f"{domain}/{video}", str(video % 10), domain, attack, int(real), score)
                )
        return ScoreTable.from_frames([rows[i] for i in rng.permutation(len(rows))])

    return make
