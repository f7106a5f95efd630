# SPDX-License-Identifier: Apache-2.0
"""Draw the picture of the method in the README.

python tools/analysis_tools/draw_method.py docs/method.png
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from flip_mm.apis import output_file, run_main
from flip_mm.cli.parser import Parser
from flip_mm.synthetic.layout import Video
from flip_mm.synthetic.writer import render_video
from flip_mm.visualization.figure_file import save_figure

REAL, SPOOF, GREY, FILL = "#1b7837", "#b2182b", "#555555", "#eef1f6"


def box(ax: Axes, x: float, y: float, width: float, height: float, text: str, color: str = GREY, fill: str = FILL) -> None:
    """Draw a rounded box with text; (x, y) is its lower left corner."""
    style = "round,pad=0,rounding_size=0.12"
    ax.add_patch(FancyBboxPatch((x, y), width, height, boxstyle=style, facecolor=fill, edgecolor=color, linewidth=1.3))
    ax.text(x + width / 2, y + height / 2, text, ha="center", va="center", fontsize=9.5, linespacing=1.4)


def arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], color: str = GREY) -> None:
    """Draw an arrow."""
    ax.annotate("", end, start, arrowprops=dict(arrowstyle="-|>", color=color, linewidth=1.3, shrinkA=0, shrinkB=0))


def draw_faces(ax: Axes) -> None:
    """Draw a synthetic face and two views of it."""
    face = render_video(Video("M", 3, "real", "", ("",)), number=5, size=224, seed=0)[0].clip(0, 1)
    views = {"image $I$": face, "view $V_1$": face[12:180, 20:188][:, ::-1] ** 0.8, "view $V_2$": face[40:200, 50:210].mean(2)}
    for i, (name, image) in enumerate(views.items()):
        y = 3.35 - 1.5 * i
        ax.imshow(image, extent=(0.1, 1.3, y, y + 1.2), cmap="gray", vmin=0, vmax=1, zorder=2)
        ax.text(0.7, y - 0.14, name, ha="center", va="center", fontsize=9)
        arrow(ax, (1.4, y + 0.6), (2.0, y + 0.6))


def draw(path: Path) -> None:
    """Draw the method.

    Args:
        path: PNG to write.
    """
    figure = Figure(figsize=(10, 5.9), layout="constrained")
    ax = figure.subplots()
    draw_faces(ax)
    box(ax, 2.0, 0.3, 1.3, 4.3, "CLIP\nimage tower\n\none call for\nall views")
    box(ax, 0.1, 5.95, 3.2, 0.5, '"This is a real face"  ...', REAL)
    box(ax, 0.1, 5.25, 3.2, 0.5, '"a photo of a spoof face"  ...', SPOOF)
    box(ax, 3.9, 5.25, 1.4, 1.2, "CLIP\ntext tower")
    box(ax, 5.9, 5.95, 2.1, 0.5, "mean: $t_{real}$", REAL)
    box(ax, 5.9, 5.25, 2.1, 0.5, "mean: $t_{spoof}$", SPOOF)
    for y, color in ((6.2, REAL), (5.5, SPOOF)):
        arrow(ax, (3.3, y), (3.9, y), color)
        arrow(ax, (5.3, y), (5.9, y), color)
    rows = (
        (3.45, "cosine of $I$ with $t_{real}$, $t_{spoof}$\n$\\times$ logit_scale, softmax", "$L_{ce}$\nFLIP-IT"),
        (1.95, "SimCLR: the two views of\none face attract", "$+\\ L_{simclr}$"),
        (0.45, "similarity to randomly split prompts\nagrees between the views", "$+\\ L_{mse}$\nFLIP-MCL"),
    )
    for y, text, loss in rows:
        arrow(ax, (3.3, y + 0.5), (3.9, y + 0.5))
        box(ax, 3.9, y, 4.1, 1.0, text)
        arrow(ax, (8.0, y + 0.5), (8.5, y + 0.5))
        box(ax, 8.5, y, 1.4, 1.0, loss, fill="white")
    arrow(ax, (6.95, 5.25), (6.95, 4.45))
    ax.text(8.5, 5.85, "FLIP-V: image tower\nand an MLP, no text", fontsize=9, va="center", color=GREY)
    ax.set(xlim=(0, 10.1), ylim=(0, 6.6), aspect="equal")
    ax.axis("off")
    save_figure(figure, path, dpi=110)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("out", type=output_file, help="PNG to write")
    args = parser.parse_args()
    if args.out.suffix.lower() != ".png":
        parser.error(f"argument out: '{args.out}' must end in .png")
    return args


def main() -> None:
    """Draw the picture."""
    draw(parse_args().out)


if __name__ == "__main__":
    sys.exit(run_main(main))
