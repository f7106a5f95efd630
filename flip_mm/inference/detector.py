# SPDX-License-Identifier: Apache-2.0
"""Answer whether the faces in pictures, videos and cameras are live."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from numbers import Real
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from flip_mm.faces.detectors import build_detector
from flip_mm.faces.face import Face, FaceDetector
from flip_mm.media.sources import known_count, open_sources

from .by_recording import by_recording, recording_result
from .early_decision import decide_early, open_pictures
from .examine import Examined, Settings, examine
from .face_choice import FOUND, GIVEN, FaceChoice, check_named_by_file
from .face_step import MAX_AVERAGE
from .model_card import Decision, ModelCard
from .open_runtime import open_runtime
from .outputs import Outputs, Runtime
from .preprocessing import face_crop
from .progress import with_progress
from .result import Result, threshold_text
from .video_result import VideoResult

# Of a camera.
SECONDS = 5.0


class Detector:
    """A model file, ready to answer.

    Nothing about a picture is an exception: a picture without a face, or one that cannot be read, has the state
    ``'not checked'`` and a reason. All methods take what :func:`~flip_mm.media.sources.open_sources` takes, and the arguments

    - ``batch_size``: number of crops that the network gets at once;
    - ``face``: ``'found'`` by the detector, ``'given'`` if the pictures are face crops, a box x0, y0, x1, y1 in pixels for all
      pictures, or a list of boxes, one for each picture; by default what the model file or ``faces`` says;
    - ``colour``: order of the channels of arrays, ``'rgb'`` or ``'bgr'`` (OpenCV);
    - ``average``: number of slightly moved crops of each face of which the score is the mean, at most 7; True for 7;
    - ``quality``: False to score pictures of bad quality, too; what was found about them is still in ``findings``;
    - ``every_face``: True for a result for each face of a picture, the largest first; of a frame one face is checked;
    - ``stride``: check every n-th frame of recordings.

    Args:
        model: Path of a ``.safetensors``, ``.onnx`` or OpenVINO ``.xml`` file of ``flip_mm export``.
        faces: Name of a face detector, or ``'given'`` for pictures that are face crops; None uses what the model file says.
        decision: Thresholds, or a number that is both of them; None uses those of the model file.
        card: Replaces the card of the file; needed for a file without one.
        device: For ``.safetensors``: ``'cpu'``, ``'cuda'`` ...
        threads: For ``.onnx`` and ``.xml``: number of threads.
        runtime: ``'openvino'`` to run an ``.onnx`` with OpenVINO.
        weights: Model file of the face detector, if it needs one.

    Raises:
        FileNotFoundError: There is no such file.
        ImportError: A package is missing; the message says what to install.
        TypeError: ``decision`` is neither.
        ValueError: The file is damaged or does not fit, or neither file nor argument say how faces are found. A file can name
            only the detectors of flip_mm, because any other name would run code of the file's choice.

    Example:
        >>> detector = Detector("flip_mcl_O.safetensors")  # doctest: +SKIP
        >>> detector.predict("me.jpg")[0].verdict  # doctest: +SKIP
        'live'
    """

    def __init__(
        self,
        model: str | Path,
        faces: str | None = None,
        decision: Decision | float | None = None,
        card: ModelCard | None = None,
        device: str = "cpu",
        threads: int | None = None,
        runtime: str | None = None,
        weights: Path | None = None,
    ) -> None:
        self.runtime: Runtime = open_runtime(model, card, device, threads, runtime)
        self.card = self.runtime.card
        if isinstance(decision, Real) and not isinstance(decision, bool):
            decision = Decision(float(decision), float(decision))
        elif not isinstance(decision, Decision | None):
            raise TypeError(f"decision={decision!r:.80} must be a Decision or a number.")
        self.decision = decision or self.card.decision
        name = faces or self.card.faces.get("detector")
        if name is None:
            raise ValueError(
                f"The model file '{model}' does not say how the faces of its training data were found: give faces=NAME, the "
                "detector that prepared them, or faces='given' for pictures that are face crops."
            )
        if not faces:
            check_named_by_file(name, model)
        if name != GIVEN and "margin_source" not in self.card.faces and any(spec.crop == "square" for spec in self.card.inputs):
            raise ValueError(
                f"The model file '{model}' does not say which margin the face crops of its training data have: export it again "
                "with --faces and --margin, or give faces='given' and face crops."
            )
        self.face_detector: FaceDetector | None = None if name == GIVEN else build_detector(name, weights)

    def __repr__(self) -> str:
        decision = threshold_text(self.decision) if self.decision else "no threshold"
        return f"Detector('{self.card.name}', {decision})"

    def predict(self, source: Any, seconds: float = SECONDS, **options: Any) -> list[Result]:
        """Check pictures, and the frames of recordings one by one.

        Args:
            source: Pictures and recordings.
            seconds: Read cameras for so long.
            **options: See the class.

        Returns:
            One result for each picture and frame, in order.

        Raises:
            TypeError: ``source`` contains something that is no picture or recording.
            ValueError: An option is wrong.
        """
        examined = with_progress(self.examine(source, seconds=seconds, **options), lambda: known_count(source))
        return [item.result for item in examined]

    def stream(self, source: Any, batch_size: int = 1, **options: Any) -> Iterator[Result]:
        """Check pictures and frames as they come, such as those of a camera, which has no end.

        Args:
            source: Pictures and recordings.
            batch_size: Results are yielded when so many pictures have been read.
            **options: See the class.

        Yields:
            One result for each picture and frame.
        """
        for item in self.examine(source, batch_size=batch_size, **options):
            yield item.result

    def predict_video(
        self,
        source: Any,
        seconds: float = SECONDS,
        early_error: float | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> VideoResult:
        """Decide about one recording by the average score of its frames, as the published metric does.

        Args:
            source: A video, a camera, frames from a generator, or a list or folder of pictures that are its frames.
            seconds: Read a camera for so long.
            early_error: Check frames in random order, and stop when all frames would give the same verdict, except with this
                probability; see :class:`~flip_mm.inference.video_decision.EarlyDecision`. For video files and lists.
            seed: Of the random order; by default another one for each call, which an attacker cannot know.
            **options: See the class.

        Raises:
            TypeError: ``source`` is no picture or recording.
            ValueError: An option is wrong; or with ``early_error`` there is no threshold, or frames have only one order.
        """
        if options.get("every_face"):
            raise ValueError("every_face is for pictures: a recording is decided by one face of each frame.")
        if early_error is not None:
            return self._predict_early(source, early_error, seed, **options)
        began = time.perf_counter()
        examined = [item._replace(image=None) for item in self.examine(source, seconds=seconds, **options)]
        return recording_result(examined, self.decision, time.perf_counter() - began)

    def answers(self, source: Any, seconds: float = SECONDS, **options: Any) -> Iterator[Result | VideoResult]:
        """Check pictures and decide about recordings.

        Args:
            source: Pictures and recordings.
            seconds: Read cameras for so long.
            **options: See the class; ``on_frame`` is called with each :class:`~flip_mm.inference.examine.Examined`.

        Yields:
            One answer for each picture and recording.
        """
        return by_recording(self.examine(source, seconds=seconds, **options), self.decision)

    def score(self, images: Sequence[np.ndarray], faces: Sequence[Face | None]) -> Outputs:
        """Run the network on given faces, without any check.

        Args:
            images: N pictures, (H, W, 3) uint8 RGB.
            faces: The face of each; None for a face crop.

        Returns:
            Outputs for N faces.
        """
        pairs = list(zip(images, faces, strict=True))
        return self.runtime([np.stack([face_crop(image, face, spec) for image, face in pairs]) for spec in self.card.inputs])

    def examine(
        self,
        source: Any,
        batch_size: int = 8,
        face: Any = None,
        colour: str = "rgb",
        average: int | bool = 1,
        stride: int = 1,
        quality: bool = True,
        every_face: bool = False,
        seconds: float | None = None,
        on_frame: Callable[[Examined], None] | None = None,
    ) -> Iterator[Examined]:
        """Check pictures and frames, and yield each answer together with its picture."""
        settings = replace(self._settings(batch_size, face, average, quality), every_face=bool(every_face))
        for item in examine(self.runtime, open_sources(source, colour, stride, seconds), settings):
            if item.result.kind == "picture":
                explainer = partial(self._explain, item.source.reopen)
                item = item._replace(result=replace(item.result, explainer=explainer))
            if on_frame is not None:
                on_frame(item)
            yield item

    def explain(self, source: Any, maps: str = "auto", **options: Any) -> list[Any]:
        """Check pictures, and say why they got their answers; see docs/explain.md.

        Args:
            source: Pictures and recordings, of which each frame is explained.
            maps: See :meth:`~flip_mm.inference.result.Result.explain`.
            **options: See the class.

        Returns:
            One :class:`~flip_mm.explain.explanation.Explanation` for each picture and frame.

        Raises:
            ValueError: An option is wrong, or the model has no maps of this kind.
            ImportError: scikit-image is not installed.
        """
        return list(_explain().explain(self, source, maps, **options))

    def _explain(self, reopen: Callable[[], np.ndarray] | None, result: Result, maps: str) -> Any:
        return _explain().explain_result(self, result, reopen and reopen(), maps)

    def _settings(self, batch_size: int, face: Any, average: int | bool, quality: bool) -> Settings:
        if isinstance(average, bool):
            average = MAX_AVERAGE if average else 1
        _check_count("batch_size", batch_size, 4096)
        _check_count("average", average, MAX_AVERAGE)
        if face is None:
            face = GIVEN if self.face_detector is None else FOUND
        if average > 1 and all(spec.crop == "whole" for spec in self.card.inputs):
            raise ValueError("average moves the box of a face, but this model takes whole pictures: use average=1.")
        return Settings(FaceChoice(face, self.face_detector), self.decision, batch_size, average, bool(quality))

    def _predict_early(
        self,
        source: Any,
        early_error: float,
        seed: int | None,
        batch_size: int = 8,
        face: Any = None,
        colour: str = "rgb",
        average: int | bool = 1,
        stride: int = 1,
        quality: bool = True,
    ) -> VideoResult:
        settings = self._settings(batch_size, face, average, quality)
        with open_pictures(source, colour, stride) as pictures:
            return decide_early(self.runtime, pictures, settings, early_error, seed)


def _explain() -> ModuleType:
    # It is above this room and imports it, so it is imported when it is used.
    return import_module("flip_mm.explain")


def _check_count(name: str, value: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ValueError(f"{name}={value!r} must be a whole number in 1..{most}.")
