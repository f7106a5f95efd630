# SPDX-License-Identifier: Apache-2.0
"""Make the synthetic set in an empty folder, or in place of an existing synthetic set."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from flip_mm.datasets.data_roots import SYNTHETIC_MARKER
from flip_mm.datasets.protocols import LAYOUTS
from flip_mm.utils.text import first_few
from flip_mm.utils.tree import Kind, walk_tree

from . import pairs
from .writer import dataset_settings, planned_files, write_dataset


def make_synthetic(
    out: Path, layout: str, videos: int, size: int, seed: int, workers: int, overwrite: bool = False, depth: bool = False
) -> int:
    """Make the set, unless it exists already.

    Args:
        out: Folder to write.
        layout: A key of :data:`~flip_mm.datasets.protocols.LAYOUTS`, or ``'captions'`` for images with captions.
        videos: Real videos per domain; with ``'captions'``, images for training.
        size: Side of the images in pixels.
        seed: The same seed gives the same files.
        workers: Number of processes.
        overwrite: Replace a synthetic set with other settings.
        depth: Also write a depth map of every real image; not with ``'captions'``.

    Returns:
        Number of images; 0 if the set exists already with the same settings, or with the same and depth maps.

    Raises:
        FileExistsError: The folder contains other files, or a synthetic set with other settings.
    """
    settings, existing = dataset_settings(layout, videos, size, seed, depth), _read_marker(out / SYNTHETIC_MARKER)
    if existing in (settings, settings | dict(depth=True)) and not overwrite:
        return 0
    if problem := _why_not_writable(out, existing, overwrite):
        raise FileExistsError(f"{out} {problem}")
    if out.is_dir():
        shutil.rmtree(out)
    if layout == pairs.LAYOUT:
        return pairs.write_pairs(out, videos, size, seed, workers)
    return write_dataset(out, videos, size, seed, workers, layout, depth)


def _read_marker(path: Path) -> dict | None:
    """Settings of a finished or interrupted set; None if the file is missing or no marker."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    is_marker = isinstance(content, dict) and content.keys() | {"depth"} == dataset_settings("", 0, 0, 0, True).keys()
    return content if is_marker and content["layout"] in (*LAYOUTS, pairs.LAYOUT) else None


def _why_not_writable(out: Path, existing: dict | None, overwrite: bool) -> str:
    """Reason why ``out`` must not be replaced, or ''. Only files of a synthetic set may be deleted."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        return "is a link or a file: choose another --out."
    if not out.is_dir() or not any(out.iterdir()):
        return ""
    settings = existing or _read_marker(out / f"{SYNTHETIC_MARKER}.part")
    if not settings:
        return "is not empty: choose another --out."
    if settings["layout"] == pairs.LAYOUT:
        planned = pairs.planned_pairs(settings["videos"])
    else:
        planned = planned_files(settings["layout"], settings["videos"], settings["seed"])
    entries = walk_tree(out, follow_links=False)
    others = sorted(entry.path for entry in entries if entry.kind is not Kind.FOLDER and entry.path not in planned)
    if others:
        return f"contains files that do not belong to the synthetic set ({first_few(others, 3)}): choose another --out."
    if existing and not overwrite:
        return "contains a synthetic set with other settings: use --overwrite to replace it."
    return ""
