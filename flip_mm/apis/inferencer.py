# SPDX-License-Identifier: Apache-2.0
"""The interface of MMPretrain's inferencers for model files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from flip_mm.labels import CLASSES, REAL, SPOOF

if TYPE_CHECKING:
    from flip_mm.inference.detector import Detector
    from flip_mm.inference.result import Result


class FASInferencer:
    """Called like MMPretrain's ``ImageClassificationInferencer``; all work is done by ``Detector``.

    Args:
        model: Path of a model file of ``flip_mm export``, or a :class:`~flip_mm.inference.detector.Detector`.
        device: ``'cpu'``, ``'cuda'`` ...
        **options: Further arguments of ``Detector``.

    Example:
        >>> from flip_mm.apis import FASInferencer
        >>> inferencer = FASInferencer("flip_mcl_O.safetensors")  # doctest: +SKIP
        >>> inferencer(["me.jpg", "print.jpg"], show_dir="shown")[0]["pred_class"]  # doctest: +SKIP
        'real'
    """

    def __init__(self, model: str | Path | Detector, device: str = "cpu", **options: Any) -> None:
        if isinstance(model, str | Path):
            from flip_mm.inference.detector import Detector

            model = Detector(model, device=device, **options)
        elif options:
            raise TypeError(f"{', '.join(options)}: give these to the Detector.")
        self.detector = model
        self.classes = CLASSES

    def __call__(
        self, inputs: Any, batch_size: int = 8, show_dir: str | Path | None = None, colour: str = "bgr", **options: Any
    ) -> list[dict[str, Any]]:
        """Check pictures and frames.

        Args:
            inputs: What :meth:`Detector.predict <flip_mm.inference.detector.Detector.predict>` takes.
            batch_size: Crops that the network gets at once.
            show_dir: Write annotated pictures into this folder.
            colour: Order of the channels of arrays; ``'bgr'`` as in MMPretrain.
            **options: Further arguments of ``Detector.predict``.

        Returns:
            For each picture and frame a dict:

            - ``pred_scores``: (2,) float64, probabilities of spoof and real; None without a score;
            - ``pred_label``, ``pred_class``: 0 ``'spoof'`` or 1 ``'real'``, **by the thresholds**, not by the larger
              probability; None if the verdict is unsure;
            - ``pred_score``: probability of ``pred_class``; None without one;
            - all keys of :meth:`Result.to_dict <flip_mm.inference.result.Result.to_dict>`, such as ``verdict``, ``reasons``.
        """
        if show_dir is not None:
            from flip_mm.inference.save_pictures import PictureWriter

            options["on_frame"] = PictureWriter(show_dir)
        results = self.detector.predict(inputs, batch_size=batch_size, colour=colour, **options)
        return [self._as_dict(result) for result in results]

    def _as_dict(self, result: Result) -> dict[str, Any]:
        label = {"live": REAL, "spoof": SPOOF}.get(result.verdict)
        scores = None if result.p_real is None else np.array([1 - result.p_real, result.p_real])
        predicted = dict(
            pred_scores=scores,
            pred_label=label,
            pred_score=None if label is None else float(scores[label]),
            pred_class=None if label is None else self.classes[label],
        )
        return predicted | result.to_dict()
