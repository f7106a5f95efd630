# SPDX-License-Identifier: Apache-2.0
"""Draw a box, points and a line of text on a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from flip_mm.utils.text import safe_line

# Smallest and largest height of letters, in pixels; between them a share of the picture's height.
LETTERS, LETTERS_SHARE = (11, 48), 0.04
# A narrower picture is enlarged by a whole factor, so that the text is readable.
MIN_WIDTH, MAX_PIXELS = 320, 1 << 22


def annotated_picture(
    image: np.ndarray,
    text: str,
    colour: str,
    box: Sequence[float] | None = None,
    points: Sequence[tuple[float, float]] = (),
) -> np.ndarray:
    """Return a picture with a line of text below it; a small picture is enlarged by a whole factor K.

    Args:
        image: (H, W, 3) uint8 RGB; it is not changed.
        text: Shown on a strip below the picture, shortened to its width.
        colour: Of box, points and strip, such as ``'#0072B2'``.
        box: x0, y0, x1, y1 in pixels.
        points: x, y in pixels.

    Returns:
        (K H + strip, K W, 3) uint8 RGB.
    """
    factor = max(1, min(-(-MIN_WIDTH // image.shape[1]), math.isqrt(MAX_PIXELS // (image.shape[0] * image.shape[1]))))
    image = image.repeat(factor, 0).repeat(factor, 1)
    height, width = image.shape[:2]
    size = int(min(max(height * LETTERS_SHARE, LETTERS[0]), LETTERS[1]))
    strip = size + size // 2
    canvas = Image.new("RGB", (width, height + strip), ImageColor.getrgb(colour))
    canvas.paste(Image.fromarray(image))
    draw, line = ImageDraw.Draw(canvas), max(1, size // 8)
    if box is not None:
        x0, y0, x1, y1 = (factor * value for value in box)
        draw.rectangle((x0, y0, max(x0, x1 - 1), min(max(y0, y1 - 1), height - 1)), outline=colour, width=line)
    for x, y in ((factor * x, factor * y) for x, y in points):
        draw.ellipse((x - line, y - line, x + line, y + line), fill=colour)
    font, text = ImageFont.load_default(size), safe_line(text)
    while text and draw.textlength(text, font) > width - size // 2:
        text = text[:-1]
    draw.text((size // 4, height + size // 5), text, fill="white", font=font)
    return np.array(canvas)
