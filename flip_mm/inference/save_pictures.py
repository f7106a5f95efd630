# SPDX-License-Identifier: Apache-2.0
"""Write the pictures that were checked, with box and verdict."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

from PIL import Image

from flip_mm.utils.files import write_file
from flip_mm.utils.text import safe_stem
from flip_mm.visualization.annotated_picture import annotated_picture
from flip_mm.visualization.colours import GREY, REAL, SPOOF

from .examine import Examined
from .result import LIVE
from .result import SPOOF as IS_SPOOF

COLOURS = {LIVE: REAL, IS_SPOOF: SPOOF}


class PictureWriter:
    """Writes one PNG for each picture and frame that could be read; no existing file is replaced.

    Args:
        folder: Made if it is missing.

    Raises:
        OSError: It cannot be made.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.numbers: Counter[str] = Counter()

    def __call__(self, examined: Examined) -> Path | None:
        """Write a picture, and return its path; None if there is no picture.

        Raises:
            OSError: The message names the file.
        """
        result = examined.result
        if examined.image is None:
            return None
        score = "not checked" if result.p_real is None else f"{result.p_real:.4f}"
        text = " ".join([result.verdict, score, *result.codes])
        box, points = (result.face.box, result.face.landmarks or result.face.eyes or ()) if result.face else (None, ())
        picture = annotated_picture(examined.image, text, COLOURS.get(result.verdict, GREY), box, points)
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, "PNG", compress_level=1)
        path = self._path(safe_stem(result.source), result.frame)
        write_file(path, buffer.getvalue())
        return path

    def _path(self, name: str, frame: int | None) -> Path:
        name += "" if frame is None else f"_frame{frame:06d}"
        while True:
            self.numbers[name] += 1
            number = self.numbers[name]
            path = self.folder / (f"{name}.png" if number == 1 else f"{name}_{number}.png")
            if not path.exists():
                return path
