# SPDX-License-Identifier: Apache-2.0
"""Write the report as an HTML page, with histograms and thumbnails."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from flip_mm.media.decoding import decode_image
from flip_mm.utils.stable_order import hash_order
from flip_mm.utils.text import safe_line
from flip_mm.visualization.colours import GREY, REAL, SPOOF
from flip_mm.visualization.html_page import Picture, thumbnail, write_page

from .diagnosis import Diagnosis
from .distributions import BRIGHTNESS_EDGES, SHARPNESS_EDGES, Distribution
from .finding import SEVERITIES

SHOWN = 8
COLOURS = {"real": REAL, "spoof": SPOOF}


@dataclass(frozen=True)
class Sheet:
    """A grid of pictures with a title."""

    title: str
    pictures: list[Picture]


def write_html_report(diagnosis: Diagnosis, path: Path, thumbnails: bool = True) -> None:
    """Write one HTML file without references to other files.

    Args:
        diagnosis: Result of the checks.
        path: HTML file to write.
        thumbnails: Whether images of the data set are shown.
    """
    write_page(
        "check_dataset.html",
        path,
        title=f"Data root {safe_line(str(diagnosis.root))}",
        diagnosis=diagnosis,
        severities=[(name, [one for one in diagnosis.findings if one.severity == name]) for name in SEVERITIES],
        safe_line=safe_line,
        charts=[
            (domain, _chart(list(classes)))
            for domain, classes in groupby(diagnosis.distributions, key=lambda one_class: one_class.domain)
        ],
        sheets=_contact_sheets(diagnosis) if thumbnails else [],
        worst=_worst(diagnosis) if thumbnails else [],
        thumbnails=thumbnails,
    )


def _contact_sheets(diagnosis: Diagnosis) -> list[Sheet]:
    """A few images of each domain and class, the same at every call."""
    sheets = []
    for one_class in diagnosis.distributions:
        paths = [p for p, image in diagnosis.names.items() if image[:2] == (one_class.domain, one_class.name)]
        paths = sorted((p for p in paths if not diagnosis.facts[p].error), key=hash_order)
        chosen = _one_per_video(diagnosis, paths)
        title = f"{one_class.domain} {one_class.name}".strip()
        sheets.append(Sheet(f"{title}: {len(chosen)} of {len(paths)}", _pictures(diagnosis, chosen)))
    return sheets


def _worst(diagnosis: Diagnosis) -> list[Sheet]:
    readable = {path: image for path, image in diagnosis.facts.items() if not image.error}
    blurred = _one_per_video(diagnosis, sorted(readable, key=lambda path: readable[path].sharpness))
    dark = _one_per_video(diagnosis, sorted(readable, key=lambda path: readable[path].brightness))
    pairs = [*(paths[:2] for paths in diagnosis.duplicates.exact), *diagnosis.duplicates.near]
    # Duplicates in both classes first.
    pairs.sort(key=lambda pair: len({diagnosis.names[path][1] for path in pair}) == 1)
    sheets = [
        Sheet("Least sharp", _pictures(diagnosis, blurred, [f"sharpness {readable[path].sharpness:.1f}" for path in blurred])),
        Sheet("Darkest", _pictures(diagnosis, dark, [f"brightness {readable[path].brightness:.3f}" for path in dark])),
        Sheet("Duplicates, in pairs", _pictures(diagnosis, [path for pair in pairs[: SHOWN // 2] for path in pair])),
    ]
    return [sheet for sheet in sheets if sheet.pictures]


def _one_per_video(diagnosis: Diagnosis, paths: Iterable[str]) -> list[str]:
    """The first paths, at most one per video."""
    chosen: dict[str, str] = {}
    for path in paths:
        name = diagnosis.names[path].name
        chosen.setdefault(name.video_id if name else path, path)
        if len(chosen) == SHOWN:
            break
    return list(chosen.values())


def _pictures(diagnosis: Diagnosis, paths: Sequence[str], details: Iterable[str] = ()) -> list[Picture]:
    texts = list(details) or ["{} x {}".format(*diagnosis.facts[path][4:6]) for path in paths]
    return [
        Picture(thumbnail(decode_image((diagnosis.root / "frame" / path).read_bytes())), safe_line(path), detail)
        for path, detail in zip(paths, texts, strict=True)
    ]


def _chart(classes: list[Distribution]) -> str:
    """Plot the sharpness and brightness of the classes of a domain; returns a data URI."""
    from matplotlib.figure import Figure  # needed only if images were read

    figure = Figure(figsize=(9.0, 2.4), layout="constrained")
    axes = figure.subplots(1, 2)
    for ax, kind, edges in zip(axes, ("sharpness", "brightness"), (SHARPNESS_EDGES, BRIGHTNESS_EDGES), strict=True):
        for one in classes:
            share = 100 * np.array(getattr(one, kind)) / one.images
            ax.stairs(share, edges, color=COLOURS.get(one.name, GREY), fill=True, alpha=0.5, label=one.name or "unknown")
        ax.set(xlabel=kind, ylabel="share of the class, %", xlim=(edges[0], edges[-1]))
    axes[0].set_xscale("log")
    axes[0].legend(frameon=False)
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=100)
    return f"data:image/png;base64,{b64encode(data.getvalue()).decode()}"
