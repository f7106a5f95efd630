# SPDX-License-Identifier: Apache-2.0
"""The lists, images and depth maps that a split of a run reads: are they there, and where do they come from?"""

from __future__ import annotations

import os
from array import array
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np

from flip_mm.labels import LIST_WORDS, REAL
from flip_mm.utils.text import first_few

from .data_roots import DataRoots
from .depth_maps import map_file
from .image_source import names_in
from .lists import list_path
from .protocols import LAYOUTS, ROLES, Run
from .sample_table import SampleTable


def check_lists(run: Run, split: str, root: Path | DataRoots, roles: Collection[str] = ROLES) -> None:
    """Check that all lists of a split exist.

    Args:
        run: The run.
        split: ``'train'`` or ``'test'``.
        root: Data root, or several.
        roles: Roles of a test, see :func:`needed_lists`.

    Raises:
        FileNotFoundError: The data root or a list is missing.
        ValueError: Several data roots have lists of a domain.
    """
    needs = "must contain txt/ with the lists and frame/ with the images of all domains of the run"
    if isinstance(root, Path) and not (root / "txt").is_dir():
        wrong = "has no folder txt/" if root.is_dir() else "is no folder"
        raise FileNotFoundError(f"The data root '{root.absolute()}' {wrong}: it {needs}, {_how_to_get(run)}")
    paths = [list_path(root, domain, name, kind) for domain, kind in needed_lists(run, split, roles) for name in LIST_WORDS]
    missing = [f"'{path}'" for path in dict.fromkeys(paths) if not path.is_file()]
    if missing:
        one = len(missing) == 1
        raise FileNotFoundError(
            f"The list{'' if one else 's'} {first_few(missing)} {'is' if one else 'are'} missing: protocol "
            f"{run.protocol} ({run.name}) needs {'it' if one else 'them'} for the {split} set. The data root "
            f"'{os.path.abspath(root) if isinstance(root, Path) else root}' {needs}, {_how_to_get(run)}"
        )


def needed_lists(run: Run, split: str, roles: Collection[str] = ROLES) -> list[tuple[str, str]]:
    """Domain and kind of each pair of lists that a split of a run reads.

    Args:
        run: The run.
        split: ``'train'`` or ``'test'``.
        roles: For a test: ``'dev'``, ``'target'`` or both.

    Example:
        >>> needed_lists(Run("p3", ("C",), (), "I", shots=5), "train")
        [('C', 'train'), ('I', 'shot')]
    """
    kinds = ("train", "test") if run.protocol == "intra" else (split,)
    if split == "train":
        needed = [(domain, kind) for domain in run.train_domains for kind in kinds]
        needed += [(run.target, "shot")] if run.shots else []
        return needed + ([(run.target, run.unlabelled)] if run.unlabelled else [])
    needed = [(domain, "train") for domain in run.sources if run.holdout and "dev" in roles]
    return needed + ([(run.target, kind) for kind in kinds] if "target" in roles else [])


def check_images(samples: SampleTable) -> None:
    """Check that all images exist, with one listing per folder.

    Args:
        samples: Samples with ``img_path``.

    Raises:
        FileNotFoundError: Images are missing; the message has their number and the first few paths.
    """
    for prefix, own in samples.by_folder():
        missing = _missing(own.files(), prefix)
        if missing.size:
            paths = [sample["img_path"] for sample in own.take(missing)]
            lists = os.path.join(os.path.dirname(prefix[:-1]), "txt")
            raise FileNotFoundError(
                f"{missing.size} of {len(own)} images that the lists in '{lists}' name are missing: {first_few(paths)}. Images "
                f"belong under '{prefix[:-1]}'; see docs/real_data.md."
            )


def check_depth_maps(samples: SampleTable, folder: str) -> None:
    """Check that all real images with a label have a depth map.

    Args:
        samples: Samples.
        folder: Folder of the maps, with the tree of ``frame/``; ends with a separator.

    Raises:
        FileNotFoundError: Maps are missing; the message has their number and the first few paths.
    """
    real = [number for number, group in enumerate(samples.group_table) if group.gt_label == REAL]
    files = [map_file(file) for file in samples.take(np.flatnonzero(np.isin(samples.groups, real))).files()]
    missing = _missing(files, folder)
    if missing.size:
        paths = [folder + files[number] for number in missing[:4]]
        raise FileNotFoundError(
            f"{missing.size} of {len(files)} depth maps of real images are missing: {first_few(paths)}. Every real image "
            "needs a map under the same path with the ending .png; see docs/depth.md."
        )


def _missing(files: Iterable[str], prefix: str) -> np.ndarray:
    """Numbers of the files that do not exist.

    Args:
        files: Paths inside a folder.
        prefix: The folder.
    """
    folders: dict[str, int] = {}
    numbers, names = array("i"), array("q")
    for file in files:
        folder, _, name = file.rpartition("/")
        numbers.append(folders.setdefault(folder, len(folders)))
        names.append(hash(name))
    numbers, names = np.array(numbers), np.array(names)
    order = np.argsort(numbers, kind="stable")
    ends = np.cumsum(np.bincount(numbers, minlength=len(folders)))
    missing = [
        own[~np.isin(names[own], _hashes_of_names(prefix + folder))]
        for folder, own in zip(folders, np.split(order, ends[:-1]), strict=True)
    ]
    return np.concatenate(missing) if missing else np.empty(0, np.int64)


def _hashes_of_names(folder: str) -> np.ndarray:
    """Hashes of the names in a folder; a million names would be 100 MiB."""
    return np.fromiter(map(hash, names_in(folder)), np.int64)


def _how_to_get(run: Run) -> str:
    """End of a sentence: how to get the data of a run."""
    needed = {*run.train_domains, run.target}
    layout = next((name for name, domains in LAYOUTS.items() if needed <= {*domains}), None)
    if layout is None:
        return "see docs/real_data.md, and docs/new_data.md for your own data sets."
    return (
        "see docs/real_data.md. To make a synthetic set of that form, run `python tools/dataset_converters/make_synthetic.py "
        f"--out data/synthetic --layout {layout}`, and use --data-root data/synthetic."
    )
