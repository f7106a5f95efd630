# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from flip_mm.evaluation import Provenance, ScoreTable

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


@pytest.fixture
def make_record():
    """make_record(seed=1, hter=3.0, ...): a record of a training with two validations and one test."""

    def make(
        seed=0,
        hter=3.0,
        run="OCI->M",
        selection="target",
        threshold="paper",
        level="video",
        weights="raw",
        shots=0,
        unlabelled=None,
        config="flip_mcl_p1.py",
        sha256="settings",
        train="a",
        tested="a",
        version="0.2.0",
        best_by=(),
    ):
        report = dict(
            role="target",
            level=level,
            threshold_rule=threshold,
            threshold_oracle=threshold == "paper",
            figures={"HTER": hter, "AUC": 100.0 - hter, "TPR@FPR=1%": 50.0},
        )
        metric = f"{selection}/HTER"
        file = f"best_{selection}_HTER_iter_8.pth"
        origin = Provenance("p1", run, seed, file, 8, selection, metric, shots, unlabelled)
        lists = {"C": dict(lists={"casia_real_train.txt": dict(sha256=train, lines=9)}, images=9)}
        target = {"M": dict(lists={"msu_real_test.txt": dict(sha256=tested, lines=5)}, images=5)}
        return dict(
            format=1,
            config=dict(name=config, sha256=sha256),
            run=dict(name=run, protocol="p1", shots=shots, unlabelled=unlabelled),
            seed=seed,
            data=dict(train=lists, val=target),
            versions=dict(flip_mm=version),
            iterations=dict(done=12, planned=12),
            validations=[
                dict(iteration=8, weights=weights, best_by=list(best_by), reports=dict(target=report)),
                dict(iteration=12, weights=weights, best_by=[], reports=dict(target=report)),
            ],
            tests=[
                dict(
                    checkpoint=dict(name=file, sha256="f"),
                    weights=weights,
                    iteration=8,
                    provenance=origin.to_dict(),
                    data=target,
                    versions=dict(flip_mm=version),
                    reports=dict(target=report),
                )
            ],
        )

    return make
