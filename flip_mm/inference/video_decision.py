# SPDX-License-Identifier: Apache-2.0
"""From the scores of a video's frames to one decision: the average, or an early decision with a stated error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flip_mm.evaluation.functional import means

from .model_card import Decision
from .result import LIVE, SPOOF, UNSURE, decide

# Shares of the capital that are bet; the mean over them needs no choice.
BETS = np.array([0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99])


def average(scores: Sequence[float]) -> float:
    """Return the score of a video as the published metric computes it.

    It is the mean over frames in float64, summed in their order: :func:`~flip_mm.evaluation.functional.average_videos`.

    Args:
        scores: ``p_real`` of its frames, at least one.

    Example:
        >>> average([0.25, 0.75])
        0.5
    """
    return float(means(np.zeros(len(scores), np.int64), np.asarray(scores, np.float64))[0])


class EarlyDecision:
    """Decide about a video before all its frames are scored, with a bound on the error.

    The frames must come **in random order**, drawn without replacement. Then, for any video,

        P(the early verdict differs from the verdict of the average over all frames) <= error.

    The probability is over the random order only. Nothing is assumed about the scores, and frames may be correlated, as those
    of one video are. It is no statement about the truth: where the average is wrong, the early decision is wrong, too. Without
    random order, such as for a camera, nothing holds.

    The test is by betting (Waudby-Smith and Ramdas, JRSS-B 2024, section 5). To refute "the mean is at most a": let S be the
    sum of the first t - 1 of N scores. The next one has the expectation (N mu - S) / (N - t + 1), where mu is the mean over all
    frames; if mu <= a, this is at most m_t = (N a - S) / (N - t + 1). So the capital ``prod_t (1 + c (x_t / m_t - 1))`` is a
    supermartingale for every 0 <= c < 1 while the hypothesis is true, and so is its mean over several c. It ever reaches
    1 / error with a probability of at most ``error`` (Ville). If ``S > N a``, the hypothesis is refuted with certainty. "The
    mean is a or more" is tested in the same way with 1 - x.

    A frame without a score (no face) counts as the threshold itself, which leaves both hypotheses as they are.

    Args:
        frames: Number of frames of the video, N.
        decision: The thresholds.
        error: Largest probability of another verdict than that of all frames, in 0..1; 0 stops only when it is certain.

    Raises:
        ValueError: ``frames`` or ``error`` is out of range.

    Example:
        >>> early = EarlyDecision(300, Decision(0.5, 0.5), error=0.01)
        >>> [early.add(0.98) for _ in range(9)][-2:]
        [None, 'live']
    """

    def __init__(self, frames: int, decision: Decision, error: float) -> None:
        if frames < 1:
            raise ValueError(f"frames={frames} must be 1 or more.")
        if not 0 <= error < 1:
            raise ValueError(f"error={error} must be in 0..1, such as 0.01.")
        # With a review band two verdicts can be wrong for each true one.
        level = error if decision.accept == decision.reject else error / 2
        accept, reject = decision.accept, decision.reject
        self.above_accept, self.below_accept = _Test(frames, accept, level), _Test(frames, 1 - accept, level)
        self.above_reject, self.below_reject = _Test(frames, reject, level), _Test(frames, 1 - reject, level)
        self.decision, self.left, self.scores = decision, frames, []

    def add(self, p_real: float | None) -> str | None:
        """Add the score of the next frame.

        Args:
            p_real: In 0..1; None if the frame has none.

        Returns:
            ``'live'``, ``'spoof'`` or ``'unsure'`` once it is decided, else None; after the last frame the verdict of the
            average. None if no frame has a score.
        """
        accept, reject = self.decision.accept, self.decision.reject
        if p_real is not None:
            self.scores.append(p_real)
        self.left -= 1
        at_accept, at_reject = (accept, reject) if p_real is None else (p_real, p_real)
        self.above_accept.add(at_accept)
        self.below_accept.add(1 - at_accept)
        self.above_reject.add(at_reject)
        self.below_reject.add(1 - at_reject)
        if not self.scores:
            return None
        if self.left == 0:
            return decide(average(self.scores), self.decision)[0]
        if self.above_accept.is_refuted:
            return LIVE
        if self.below_reject.is_refuted:
            return SPOOF
        return UNSURE if self.below_accept.is_refuted and self.above_reject.is_refuted else None


class _Test:
    """Test of "the mean of N values in 0..1 is at most ``bound``", values in random order."""

    def __init__(self, count: int, bound: float, level: float) -> None:
        self.total, self.left, self.sum = count * bound, count, 0.0
        self.goal = np.inf if level == 0 else 1 / level
        self.capital = np.ones(len(BETS))
        self.is_refuted = False

    def add(self, value: float) -> None:
        expected = (self.total - self.sum) / self.left
        if expected > 0:
            self.capital *= 1 + BETS * (value / expected - 1)
        self.sum += value
        self.left -= 1
        # Rounding of the sum must not make it certain.
        is_certain = self.sum > self.total + 1e-9
        self.is_refuted = self.is_refuted or is_certain or self.capital.mean() >= self.goal
