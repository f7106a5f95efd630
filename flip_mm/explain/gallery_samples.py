# SPDX-License-Identifier: Apache-2.0
"""The samples of a gallery: of a folder with real/ and spoof/, or of a score file and its data root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from flip_mm.datasets.labelled_folder import read_labelled_folder
from flip_mm.evaluation import read_score_file
from flip_mm.evaluation.temperature import at_temperature
from flip_mm.inference.detector import Detector
from flip_mm.labels import BONA_FIDE
from flip_mm.media.decoding import decode_image
from flip_mm.visualization.mistake_pictures import read_named

BATCH = 16


@dataclass(frozen=True)
class Sample:
    """A picture with its class and score.

    Attributes:
        name: Path in the folder.
        kind: ``'real'``, or its attack type.
        is_real: Its class.
        p_real: Its score; None if it was not checked.
        read: Returns (H, W, 3) uint8 RGB; raises OSError or ValueError with a clause.
        reason: Why it was not checked.
    """

    name: str
    kind: str
    is_real: bool
    p_real: float | None
    read: Callable[[], np.ndarray]
    reason: str = ""


def folder_samples(detector: Detector, folder: Path) -> list[Sample]:
    """Check all pictures in ``real/`` and ``spoof/`` of a folder; videos are left out.

    Raises:
        FileNotFoundError: ``real/`` or ``spoof/`` is missing.
        ValueError: A class has no pictures.
    """
    files = read_labelled_folder(folder, videos=False)
    results = (item.result for item in detector.examine([str(file.path) for file in files], batch_size=BATCH))
    return [
        Sample(
            file.name,
            "real" if file.label else file.attack_type,
            bool(file.label),
            result.p_real,
            lambda path=file.path: decode_image(path.read_bytes()),
            " ".join(reason.advice for reason in result.reasons) if result.p_real is None else "",
        )
        for file, result in zip(files, results, strict=True)
    ]


def scored_samples(path: Path, data_root: Path, temperature: float = 1.0) -> list[Sample]:
    """Read a score file.

    Args:
        path: The score file. A test writes scores at temperature 1.
        data_root: Folder with ``frame/``, also a packed one. No picture outside of it is read.
        temperature: That of the model file. The scores are converted to it, because its thresholds are meant for such scores.

    Raises:
        OSError: It cannot be read, or the data root is no folder.
        ValueError: It is no score file.
    """
    if not data_root.is_dir():
        raise NotADirectoryError(f"--data-root '{data_root}' is no folder: give the folder with frame/.")
    frames = read_score_file(path).frames
    scores = frames.score if temperature == 1 else at_temperature(frames.score, temperature)
    columns = (frames.column(name).texts().tolist() for name in ("file", "attack_type"))
    return [
        Sample(name, "real" if kind == BONA_FIDE else kind, bool(label), score, partial(read_named, name, data_root))
        for name, kind, label, score in zip(*columns, frames.label.tolist(), scores.tolist(), strict=True)
    ]
