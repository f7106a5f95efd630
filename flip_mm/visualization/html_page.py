# SPDX-License-Identifier: Apache-2.0
"""Write self-contained HTML pages from templates, with embedded pictures."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np

from flip_mm.utils.files import write_text
from flip_mm.utils.text import safe_text

TEMPLATES = Path(__file__).parent / "templates"
QUALITY = 85


@dataclass(frozen=True)
class Picture:
    """A picture of a grid.

    Attributes:
        source: Data URI, e.g. of :func:`thumbnail`.
        caption: Text below the picture.
        detail: Small text below the caption; '' for none.
    """

    source: str
    caption: str
    detail: str = ""


def thumbnail(image: np.ndarray, side: int = 96) -> str:
    """Return a small JPEG of an image as data URI, without metadata of the original file.

    Args:
        image: (H, W, 3) uint8 RGB.
        side: Longest side in pixels; smaller images keep their size.

    Returns:
        ``'data:image/jpeg;base64,...'``.
    """
    height, width = image.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return f"data:image/jpeg;base64,{b64encode(data).decode()}"


def write_page(template: str, path: str | Path, **context: object) -> None:
    """Fill a template and write the page.

    All values are escaped, also by :func:`~flip_mm.utils.text.safe_text`; a variable that is missing in ``context`` is an
    error. Templates extend ``base.html``, which forbids the page to load or run anything: it contains styles and pictures.

    Args:
        template: Name of a file in ``templates/``.
        path: The page.
        context: Variables of the template.

    Raises:
        ImportError: Jinja2 is not installed.
        jinja2.UndefinedError: A variable is missing.
    """
    jinja2 = require_jinja2()
    loader = jinja2.FileSystemLoader(TEMPLATES)
    options = dict(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    pages = jinja2.Environment(loader=loader, finalize=_safe, **options)
    write_text(path, pages.get_template(template).render(**context))


def require_jinja2() -> ModuleType:
    """Import Jinja2.

    Raises:
        ImportError: It is not installed.
    """
    try:
        import jinja2
    except ImportError as error:
        raise ImportError('HTML pages need Jinja2: pip install "flip_mm[prepare]"') from error
    return jinja2


def _safe(value: object) -> object:
    # The result of a macro is markup, which is already escaped.
    return safe_text(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
