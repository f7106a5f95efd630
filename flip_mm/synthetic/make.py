# SPDX-License-Identifier: Apache-2.0
"""Draw the synthetic set into a folder that is empty or holds one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from flip_mm.datasets.protocols import LAYOUTS
from flip_mm.utils.tree import Kind, walk_tree

from .writer import MARKER, dataset_settings, planned_files, write_dataset


def make_synthetic(out: Path, layout: str, videos: int, size: int, seed: int, workers: int, overwrite: bool = False) -> int:
    """Draw the set unless it is there.

    Args:
        out: Folder to write.
        layout: A key of :data:`~flip_mm.datasets.protocols.LAYOUTS`.
        videos: Real videos per domain.
        size: Side of the images in pixels.
        seed: Same seed, same files.
        workers: Processes.
        overwrite: Replace a synthetic set with other settings.

    Returns:
        Number of images; 0 where this very set is there already.

    Raises:
        FileExistsError: The folder holds something else.
    """
    wanted, found = dataset_settings(layout, videos, size, seed), _read_marker(out / MARKER)
    if found == wanted and not overwrite:
        return 0
    if problem := _obstacle(out, found, overwrite):
        raise FileExistsError(f"{out} {problem}")
    if out.is_dir():
        shutil.rmtree(out)
    return write_dataset(out, videos, size, seed, workers, layout)


def _read_marker(path: Path) -> dict | None:
    """The settings that a finished or interrupted set was drawn with; None where the file is missing or something else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    is_marker = isinstance(content, dict) and content.keys() == dataset_settings("", 0, 0, 0).keys()
    return content if is_marker and content["layout"] in LAYOUTS else None


def _obstacle(out: Path, found: dict | None, overwrite: bool) -> str:
    """Why nothing may be written into ``out``; empty where it may. Only what this module wrote is ever deleted."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        return "is a link or a file: choose another --out."
    if not out.is_dir() or not any(out.iterdir()):
        return ""
    drawn = found or _read_marker(out / f"{MARKER}.part")
    if not drawn:
        return "is not empty: choose another --out."
    own = planned_files(drawn["layout"], drawn["videos"], drawn["seed"])
    there = walk_tree(out, follow_links=False)
    strangers = sorted(entry.path for entry in there if entry.kind is not Kind.FOLDER and entry.path not in own)
    if strangers:
        return f"holds files that are not of the synthetic set ({', '.join(strangers[:3])}): choose another --out."
    if found and not overwrite:
        return "holds a synthetic set with other settings, --overwrite replaces it."
    return ""
