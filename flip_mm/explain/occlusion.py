# SPDX-License-Identifier: Apache-2.0
"""Occlusion sensitivity (Zeiler & Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014, section 4.2).

It needs no gradients, so it works for every runtime.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from flip_mm.inference.outputs import Runtime

from .evidence import Evidence, evidence_of

# Places in a row, and the side of the covered square in places.
PLACES, COVERED = 8, 2
# Crops in a batch.
BATCH = 16


def mean_colour(crop: np.ndarray) -> np.ndarray:
    """Return a crop (h, w, 3) uint8 of one colour."""
    return np.broadcast_to(crop.mean((0, 1)).round().astype(np.uint8), crop.shape)


def occlusion_evidence(
    runtime: Runtime, crops: Sequence[np.ndarray], cover: Callable[[np.ndarray], np.ndarray] = mean_colour
) -> list[Evidence]:
    """Cover squares of a crop, and see how the score changes.

    The value of a square is by how much the difference of the logits, real - spoof, falls when it is covered; the value of a
    place is the mean over the squares that cover it.

    Args:
        runtime: The model.
        crops: For each input (h, w, 3) uint8 RGB; one input is covered at a time.
        cover: Crop -> what is seen in the covered squares, in the same shape.
    """
    found = []
    for number, crop in enumerate(crops):
        squares = _squares(crop.shape[0], crop.shape[1])
        filling = cover(crop)
        variants = [crop, *(_covered(crop, filling, rows, columns) for rows, columns, _ in squares)]
        others = [other[None] for other in crops]
        differences = []
        for start in range(0, len(variants), BATCH):
            batch = np.stack(variants[start : start + BATCH])
            inputs = [np.repeat(other, len(batch), 0) for other in others]
            inputs[number] = batch
            spoof, real = runtime(inputs).logits.astype(np.float64).T
            differences.extend(real - spoof)
        falls = differences[0] - np.array(differences[1:])
        total, count = np.zeros((PLACES, PLACES)), np.zeros((PLACES, PLACES))
        for fall, (_, _, place) in zip(falls, squares, strict=True):
            total[place] += fall
            count[place] += 1
        found.append(evidence_of(crop, total / count, -total / count, "occlusion"))
    return found


def _squares(height: int, width: int) -> list[tuple[slice, slice, tuple[slice, slice]]]:
    """Rows and columns of pixels, and the places, of all squares; at the edges only a part of a square is inside."""
    rows, columns = (np.linspace(0, side, PLACES + 1).round().astype(int) for side in (height, width))
    spans = [(max(0, start), min(PLACES, start + COVERED)) for start in range(1 - COVERED, PLACES)]
    return [
        (slice(rows[top], rows[bottom]), slice(columns[left], columns[right]), (slice(top, bottom), slice(left, right)))
        for top, bottom in spans
        for left, right in spans
    ]


def _covered(crop: np.ndarray, filling: np.ndarray, rows: slice, columns: slice) -> np.ndarray:
    covered = crop.copy()
    covered[rows, columns] = filling[rows, columns]
    return covered
