# SPDX-License-Identifier: Apache-2.0
"""Everything that is shown to explain an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from flip_mm.inference.result import ANSWERED, Result

from .box_moves import BoxMoves
from .cues import Cues
from .evidence import Evidence


@dataclass(frozen=True)
class Explanation:
    """Why a model answers as it does for one face.

    Attributes:
        result: The answer.
        model: Name of the model.
        picture: (H, W, 3) uint8 RGB; None if it could not be read.
        evidence: Maps of each input of the model; empty without an answer.
        cues: Classical cues; None without an answer.
        moves: Scores of moved boxes; None without an answer.
        p_blurred: p_real of a blurred copy of the face; None without an answer.
        prompts: Class -> its sentences.
        note: Why there are other maps than usual; '' if there are not.
    """

    result: Result
    model: str = ""
    picture: np.ndarray | None = None
    evidence: tuple[Evidence, ...] = ()
    cues: Cues | None = None
    moves: BoxMoves | None = None
    p_blurred: float | None = None
    prompts: Mapping[str, list[str]] = field(default_factory=dict)
    note: str = ""

    @property
    def is_answered(self) -> bool:
        """Whether there is a score to explain."""
        return self.result.state == ANSWERED

    def save(self, path: str | Path) -> None:
        """Write the explanation.

        Args:
            path: A ``.png``: one picture; or ``.html``: a page that contains everything.

        Raises:
            ValueError: The name has another ending.
            ImportError: A page needs Jinja2, and it is not installed.
            OSError: The file cannot be written.
        """
        # matplotlib is imported only when something is drawn.
        suffix = Path(path).suffix.lower()
        if suffix == ".png":
            from .picture import save_picture

            save_picture(self, path)
        elif suffix == ".html":
            from .page import save_page

            save_page(self, path)
        else:
            raise ValueError(f"An explanation is written as .png or .html, not as '{path}': change the ending.")
