# SPDX-License-Identifier: Apache-2.0
"""Different transforms for labelled images and for unlabelled images of the target."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mmcv.transforms import BaseTransform, Compose
from mmpretrain.registry import TRANSFORMS

from flip_mm.datasets.protocols import ADAPT


@TRANSFORMS.register_module()
class ByRole(BaseTransform):
    """Applies one of two pipelines, by the role of the sample.

    Args:
        train: For labelled images.
        adapt: For unlabelled images of the target.
    """

    def __init__(self, train: Sequence[dict | Callable], adapt: Sequence[dict | Callable]) -> None:
        self.train, self.adapt = (
            Compose([TRANSFORMS.build(step) if isinstance(step, dict) else step for step in steps]) for steps in (train, adapt)
        )

    def transform(self, results: dict) -> dict:
        """Apply them to a sample with ``role``."""
        return (self.adapt if results["role"] == ADAPT else self.train)(results)
