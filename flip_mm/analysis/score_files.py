# SPDX-License-Identifier: Apache-2.0
"""The score file of a checkpoint in its work dir: all frames of the target, without running the model again."""

from __future__ import annotations

import numpy as np

from flip_mm.evaluation import ScoreTable, read_score_file
from flip_mm.visualization.mistake_pictures import inside

from .domain_images import ScoredImages
from .run_folder import RunFolder

# Two scores of one image by one model; trainings in bfloat16 are analysed in float32.
SAME = 0.02


def stored_scores(run: RunFolder, target: ScoredImages) -> tuple[ScoreTable | None, str]:
    """Find the score file that a validation or test of a checkpoint wrote.

    Its scores are compared with those that the model gives now.

    Args:
        run: The work dir and its checkpoint.
        target: Drawn images of the target with the scores of now.

    Returns:
        The scores of all frames of the target, with paths below ``frame/``; None without a file of this checkpoint that
        agrees. And one sentence on what is used.
    """
    drawn = f"Scores of the target: of {len(target.frames)} drawn images, computed now"
    reason = "no score file in the work dir is of this checkpoint"
    known, files = run.provenance, target.images.files()
    for path in sorted(run.folder.glob("*scores_target*.csv")):
        try:
            frames, origin, _ = read_score_file(path)
        except (OSError, ValueError) as error:
            reason = f"{path.name} cannot be read ({error})"
            continue
        same = origin is not None and origin.iteration is not None
        if not same or (origin.iteration, origin.seed, origin.run) != (known.iteration, known.seed, known.run):
            continue
        names = [inside(name, run.data_root) or "" for name in frames.texts("file").tolist()]
        if set(names) != set(files):
            reason = f"{path.name} has other images than the test list"
            continue
        rows = {name: row for row, name in enumerate(names)}
        now = target.frames
        then = frames.score[[rows[name] for name in now.texts("file").tolist()]]
        if (difference := float(np.abs(then - now.score).max())) > SAME:
            reason = f"{path.name} has other scores than this checkpoint, by up to {difference:.2g}"
            continue
        texts = {name: frames.texts(name) for name in ("video", "subject", "domain", "attack_type")}
        table = ScoreTable(file=np.array(names), **texts, label=frames.label, score=frames.score)
        return table, f"Scores of the target: all {len(table)} images, from {path.name}."
    return None, f"{drawn}; {reason}."
