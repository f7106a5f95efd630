# SPDX-License-Identifier: Apache-2.0
"""Sheets of target faces: attention over right and wrong ones, and all mistakes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from flip_mm.evaluation import Report
from flip_mm.evaluation.mistakes import Mistake, worst_mistakes
from flip_mm.explain.evidence import METHODS, Evidence
from flip_mm.explain.overlay import COLOURS, overlay
from flip_mm.labels import BONA_FIDE, REAL, SPOOF
from flip_mm.visualization.contact_sheet import Tile, TileGroup, TileRow, sheet_figure

from .domain_images import DomainImages
from .network import TrainedNetwork

# Faces of each group with maps, and in a row without maps.
FACES, COLUMNS = 8, 8
# Smallest side of a drawn map in pixels.
SIDE = 190
GROUPS = (
    (REAL, True, "Real faces taken for real"),
    (REAL, False, "Real faces taken for spoof"),
    (SPOOF, True, "Attacks taken for spoof"),
    (SPOOF, False, "Attacks taken for real"),
)
CAPTIONS = "Below each face: mean p_real of its video, of which the first frame is shown, and attack type."


@dataclass(frozen=True)
class Face:
    """A face with its maps.

    Attributes:
        group: Title of its group.
        file: Path below ``frame/``.
        kind: ``'real'`` or its attack type.
        score: Mean p_real of its video.
        evidence: Its maps.
    """

    group: str
    file: str
    kind: str
    score: float
    evidence: Evidence


def attention_faces(report: Report, images: DomainImages, network: TrainedNetwork, seed: int = 0) -> list[Face]:
    """Compute the maps of some faces of the target: correct ones drawn at random, wrong ones of which the model was most sure.

    Args:
        report: Metrics of videos of the target at the threshold in use, with paths below ``frame/``.
        images: The target.
        network: The model.
        seed: Of the draw.
    """
    files, faces = images.files(), []
    for label, is_right, title in GROUPS:
        rows = _group_rows(report, label, is_right)
        if is_right:
            chosen = np.sort(np.random.default_rng([seed, label]).permutation(rows)[:FACES])
        else:
            score = report.samples.score[rows]
            chosen = rows[np.argsort(score if label == REAL else -score, kind="stable")][:FACES]
        names, kinds = (report.samples.texts(name)[chosen].tolist() for name in ("file", "attack_type"))
        for name, kind, value in zip(names, kinds, report.samples.score[chosen].tolist(), strict=True):
            faces.append(Face(title, name, _kind(kind), value, network.maps(images.crop(files[name]))))
    return faces


def attention_figure(faces: list[Face], report: Report, title: str) -> Figure:
    """Draw the faces, and the maps of both classes below each of them."""
    groups = []
    for label, is_right, name in GROUPS:
        own = [face for face in faces if face.group == name]
        total = int((report.samples.label == label).sum())
        count = len(_group_rows(report, label, is_right))
        rows = [
            TileRow("face", [Tile(face.evidence.crop) for face in own]),
            TileRow("argues\nfor live", [Tile(overlay(f.evidence.crop, f.evidence.real, COLOURS["live"], SIDE)) for f in own]),
            TileRow(
                "argues\nfor spoof",
                [
                    Tile(overlay(f.evidence.crop, f.evidence.spoof, COLOURS["spoof"], SIDE), caption(f.score, f.kind))
                    for f in own
                ],
            ),
        ]
        groups.append(TileGroup(f"{name}: {count} of {total} videos", rows if own else (), empty="No such video."))
    method = METHODS[faces[0].evidence.method] if faces else ""
    maps = f"Maps: {method}; strong colour: the place counted most. {CAPTIONS}"
    return sheet_figure(f"{title}\n{maps}", groups, FACES)


def mistakes_figure(report: Report, images: DomainImages, title: str, most: int = 24) -> tuple[Figure, list[Mistake]]:
    """Draw the mistakes on the target, those first of which the model was most sure.

    Args:
        report: See :func:`attention_faces`.
        images: The target.
        title: Above all.
        most: Number of faces of each class.

    Returns:
        The figure, and what it shows.
    """
    rejected, accepted, counts = worst_mistakes(report.samples, report.metrics.threshold, most)
    files, groups = images.files(), []
    names = "Real faces taken for spoof", "Attacks taken for real"
    rates = report.iso.bpcer, report.iso.apcer_pooled
    for name, found, count, rate in zip(names, (rejected, accepted), counts, rates, strict=True):
        low, high = rate.interval
        interval = f"95 % Wilson {100 * low:.2f} to {100 * high:.2f} %"
        head = f"{name}: {count} of {rate.total} videos, {100 * rate.value:.2f} % ({interval})"
        head += f"; the worst {most}" if count > most else ""
        tiles = [Tile(images.crop(files[own.file]), caption(own.score, _kind(own.attack_type))) for own in found]
        rows = [TileRow("", tiles[start : start + COLUMNS]) for start in range(0, len(tiles), COLUMNS)]
        groups.append(TileGroup(head, rows, empty="No mistake."))
    title = f"{title}\nMistakes of which the model was most sure first. {CAPTIONS}"
    return sheet_figure(title, groups, COLUMNS), [*rejected, *accepted]


def caption(score: float, kind: str) -> str:
    """Return score and kind; a score is not rounded to 0 or 1.

    Example:
        >>> caption(0.99998, "print"), caption(0.25, "real")
        ('> 0.999 print', '0.250 real')
    """
    text = "< 0.001" if score < 0.001 else "> 0.999" if score > 0.999 else f"{score:.3f}"
    return f"{text} {kind}"


def _group_rows(report: Report, label: int, is_right: bool) -> np.ndarray:
    accepted = report.samples.score >= report.metrics.threshold
    return np.flatnonzero((report.samples.label == label) & ((accepted == (label == REAL)) == is_right))


def _kind(attack_type: str) -> str:
    return "real" if attack_type == BONA_FIDE else attack_type
