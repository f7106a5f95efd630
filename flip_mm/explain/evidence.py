# SPDX-License-Identifier: Apache-2.0
"""Maps of what argues for each class, one for each input of a model."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

# Standard deviation of the blur that removes all detail, in sides of the crop.
BLUR = 0.1
METHODS = {
    "attention": "gradient-weighted attention (Chefer et al., 2021)",
    "features": "integrated gradients of the feature map (Sundararajan et al., 2017)",
    "occlusion": "covering one place after the other (Zeiler & Fergus, 2014)",
}


@dataclass(frozen=True)
class Evidence:
    """Maps over the crop of one input. Row and column of a map are places of the network's own, coarser than pixels.

    Attributes:
        crop: (h, w, 3) uint8 RGB, what the network gets.
        real: (r, c) float in 0..1: how much a place argues for the class real, as a share of the strongest place of both maps.
        spoof: (r, c), as ``real``, for the class spoof.
        method: A key of :data:`METHODS`.
        rollout: (r, c) float: share of each place in the tokens that are classified, if only attention mixed them; None for a
            network without attention over patches.
    """

    crop: np.ndarray
    real: np.ndarray
    spoof: np.ndarray
    method: str
    rollout: np.ndarray | None = None


def evidence_of(
    crop: np.ndarray, real: np.ndarray, spoof: np.ndarray, method: str, rollout: np.ndarray | None = None
) -> Evidence:
    """Scale both maps by their common largest value, so that weak evidence for a class looks weak.

    Args:
        crop: See :class:`Evidence`.
        real: (r, c) float; negative values count as 0.
        spoof: As ``real``.
        method: See :class:`Evidence`.
        rollout: See :class:`Evidence`.
    """
    real, spoof = np.maximum(real, 0), np.maximum(spoof, 0)
    strongest = max(real.max(), spoof.max()) or 1.0
    return Evidence(crop, real / strongest, spoof / strongest, method, rollout)


def blurred(crop: np.ndarray) -> np.ndarray:
    """Return a crop (h, w, 3) without detail."""
    return cv2.GaussianBlur(crop, (0, 0), BLUR * max(crop.shape[:2]))
