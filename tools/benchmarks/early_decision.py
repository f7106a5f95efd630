# SPDX-License-Identifier: Apache-2.0
"""Measure the error of early decisions about videos, on simulated scores.

A frame's log odds are normal with mean +2 (real) or -2 (spoof) and standard deviation 2, so its p_real is calibrated. A share
of this variance is common to all frames of a video. Three decisions at the threshold 0.5 are compared: the average of all
frames, Wald's test (SPRT), which assumes independent frames, and flip_mm's early decision. `differs`: share of videos with
another verdict than the average; `wrong`: with a wrong verdict; `frames`: mean number of frames used.

python tools/benchmarks/early_decision.py
"""

from __future__ import annotations

import math
import sys
from argparse import Namespace

import numpy as np

from flip_mm.apis.arguments import integer
from flip_mm.apis.processes import run_main
from flip_mm.cli.parser import Parser
from flip_mm.inference.model_card import Decision
from flip_mm.inference.result import LIVE, SPOOF
from flip_mm.inference.video_decision import EarlyDecision

MEAN, STD = 2.0, 2.0
SHARES = (0.0, 0.5, 0.9, 1.0)
ERRORS = (0.05, 0.01)


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("--videos", type=integer(2), default=2000, help="number of videos, half of them real (2000)")
    parser.add_argument("--frames", type=integer(1), default=150, help="frames of each video (150)")
    parser.add_argument("--seed", type=integer(0), default=0, help="seed (0)")
    return parser.parse_args()


def simulate(rng: np.random.Generator, videos: int, frames: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Return log odds (V, F) in random order, and whether each video is real (V,)."""
    is_real = np.arange(videos) % 2 == 0
    level = np.where(is_real, MEAN, -MEAN) + STD * math.sqrt(share) * rng.standard_normal(videos)
    return level[:, None] + STD * math.sqrt(1 - share) * rng.standard_normal((videos, frames)), is_real


def sprt(log_odds: np.ndarray, error: float) -> tuple[str, int]:
    """Wald's test with equal error rates for independent frames: verdict and number of frames."""
    total = np.cumsum(log_odds)
    decided = np.flatnonzero(np.abs(total) >= math.log((1 - error) / error))
    last = decided[0] if len(decided) else len(total) - 1
    return LIVE if total[last] >= 0 else SPOOF, int(last) + 1


def early(scores: np.ndarray, error: float) -> tuple[str, int]:
    """The early decision: verdict and number of frames."""
    decision, scores = EarlyDecision(len(scores), Decision(0.5, 0.5), error), scores.tolist()
    verdicts = ((decision.add(score), number) for number, score in enumerate(scores, 1))
    return next(found for found in verdicts if found[0] is not None)


def measure(videos: int, frames: int, seed: int) -> list[tuple[float, str, float, float, float]]:
    """Return rows: share, name of the decision, differs, wrong, frames."""
    rows = []
    for share in SHARES:
        log_odds, is_real = simulate(np.random.default_rng(seed), videos, frames, share)
        scores = 1 / (1 + np.exp(-log_odds))
        truth = np.where(is_real, LIVE, SPOOF)
        average = np.where(scores.mean(1) >= 0.5, LIVE, SPOOF)
        rows.append((share, "average", 0.0, float((average != truth).mean()), float(frames)))
        for error in ERRORS:
            for name, decide, values in (("SPRT", sprt, log_odds), ("early", early, scores)):
                verdicts, used = zip(*(decide(row, error) for row in values), strict=True)
                differs, wrong = (float((np.array(verdicts) != other).mean()) for other in (average, truth))
                rows.append((share, f"{name} {error:g}", differs, wrong, float(np.mean(used))))
    return rows


def main() -> None:
    """Print the table."""
    args = parse_args()
    print("| common share | decision | differs | wrong | frames |\n|---|---|---|---|---|")
    for share, name, differs, wrong, used in measure(args.videos, args.frames, args.seed):
        print(f"| {share:g} | {name} | {differs:.3f} | {wrong:.3f} | {used:.1f} |")


if __name__ == "__main__":
    sys.exit(run_main(main))
