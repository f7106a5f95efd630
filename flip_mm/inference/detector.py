# SPDX-License-Identifier: Apache-2.0
"""Answer whether a face in a picture is live."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from flip_mm.faces.detectors import build_detector, detect
from flip_mm.faces.face import Face, FaceDetector
from flip_mm.faces.face_selection import is_plausible, select_face

from .model_card import Decision, ModelCard
from .open_runtime import open_runtime
from .outputs import Outputs, Runtime
from .preprocessing import face_crop
from .result import NOT_CHECKED, UNSURE, Reason, Result, decide

GIVEN = "given"


class Detector:
    """A model file, ready to answer.

    Args:
        model: Path of a ``.safetensors`` or ``.onnx`` file of ``flip_mm export``.
        faces: Name of a face detector, or ``'given'`` for pictures that are face crops; None uses what the model file says.
        decision: Thresholds; None uses those of the model file.
        card: Replaces the card of the file; needed for a file without one.
        device: For ``.safetensors``: ``'cpu'``, ``'cuda'`` ...
        threads: For ``.onnx``: number of threads.

    Raises:
        FileNotFoundError: There is no such file.
        ImportError: A package is missing; the message says what to install.
        ValueError: The file is damaged or does not fit, or neither file nor argument say how faces are found.
    """

    def __init__(
        self,
        model: str | Path,
        faces: str | None = None,
        decision: Decision | None = None,
        card: ModelCard | None = None,
        device: str = "cpu",
        threads: int | None = None,
    ) -> None:
        self.runtime: Runtime = open_runtime(model, card, device, threads)
        self.card = self.runtime.card
        self.decision = decision or self.card.decision
        name = faces or self.card.faces.get("detector")
        if name is None:
            raise ValueError(
                f"The model file '{model}' does not say how the faces of its training data were found: give faces=NAME, the "
                "detector that prepared them, or faces='given' for pictures that are face crops."
            )
        self.face_detector: FaceDetector | None = None if name == GIVEN else build_detector(name)

    def predict(self, image: np.ndarray) -> Result:
        """Return the answer for an (H, W, 3) uint8 RGB picture."""
        face = None
        if self.face_detector is not None:
            height, width = image.shape[:2]
            faces = [face for face in detect(self.face_detector, image) if is_plausible(face, width, height)]
            if not faces:
                return Result(UNSURE, NOT_CHECKED, reasons=(Reason("no_face", "No face was found."),))
            face = select_face(faces)
        return self._answers(self.score([image], [face]), [face])[0]

    def score(self, images: Sequence[np.ndarray], faces: Sequence[Face | None]) -> Outputs:
        """Run the network on one face of each picture."""
        return self.runtime(
            [
                np.stack([face_crop(image, face, spec) for image, face in zip(images, faces, strict=True)])
                for spec in self.card.inputs
            ]
        )

    def _answers(self, outputs: Outputs, faces: Sequence[Face | None]) -> list[Result]:
        results = []
        for number, (p_real, face) in enumerate(zip(outputs.p_real(self.card.temperature).tolist(), faces, strict=True)):
            verdict, reasons = decide(p_real, self.decision)
            similar = {}
            if outputs.similarities is not None:
                similar = dict(zip(self.card.sentences, outputs.similarities[number].tolist(), strict=True))
            results.append(
                Result(verdict, p_real=p_real, decision=self.decision, face=face, similarities=similar, reasons=reasons)
            )
        return results
