# SPDX-License-Identifier: Apache-2.0
"""The lists and images that a split of a run reads: are they there, and where do they come from?"""

from __future__ import annotations

from array import array
from pathlib import Path

import numpy as np

from flip_mm.labels import LIST_WORDS
from flip_mm.utils.text import first_few

from .image_source import image_prefix, names_in
from .lists import list_path
from .protocols import LAYOUTS, Run
from .sample_table import SampleTable


def check_lists(run: Run, split: str, root: Path) -> None:
    """Check that all lists of a split exist.

    Args:
        run: The run.
        split: ``'train'`` or ``'test'``.
        root: Data root.

    Raises:
        FileNotFoundError: The data root or a list is missing.
    """
    needs = "must contain txt/ with the lists and frame/ with the images of all domains of the run"
    if not (root / "txt").is_dir():
        wrong = "has no folder txt/" if root.is_dir() else "is no folder"
        raise FileNotFoundError(f"The data root '{root.absolute()}' {wrong}: it {needs}, {_how_to_get(run)}")
    paths = [list_path(root, domain, name, kind) for domain, kind in needed_lists(run, split) for name in LIST_WORDS]
    missing = [f"'{path}'" for path in dict.fromkeys(paths) if not path.is_file()]
    if missing:
        one = len(missing) == 1
        raise FileNotFoundError(
            f"The list{'' if one else 's'} {first_few(missing)} {'is' if one else 'are'} missing: protocol "
            f"{run.protocol} ({run.name}) needs {'it' if one else 'them'} for the {split} set. The data root "
            f"'{root.absolute()}' {needs}, {_how_to_get(run)}"
        )


def needed_lists(run: Run, split: str) -> list[tuple[str, str]]:
    """Domain and kind of each pair of lists that a split of a run reads.

    Example:
        >>> needed_lists(Run("p3", ("C",), (), "I", shots=5), "train")
        [('C', 'train'), ('I', 'shot')]
    """
    kinds = ("train", "test") if run.protocol == "intra" else (split,)
    if split == "train":
        needed = [(domain, kind) for domain in run.train_domains for kind in kinds]
        needed += [(run.target, "shot")] if run.shots else []
        return needed + ([(run.target, run.unlabelled)] if run.unlabelled else [])
    needed = [(domain, "train") for domain in run.sources if run.holdout]
    return needed + [(run.target, kind) for kind in kinds]


def check_images(samples: SampleTable, root: Path) -> None:
    """Check that all images exist, with one listing per folder.

    Args:
        samples: Samples with ``img_path``.
        root: Data root.

    Raises:
        FileNotFoundError: Images are missing; the message has their number and the first few paths.
    """
    folders: dict[str, int] = {}
    numbers, names = array("i"), array("q")
    for file in samples.files():
        folder, _, name = file.rpartition("/")
        numbers.append(folders.setdefault(folder, len(folders)))
        names.append(hash(name))
    numbers, names = np.array(numbers), np.array(names)
    order = np.argsort(numbers, kind="stable")
    ends = np.cumsum(np.bincount(numbers, minlength=len(folders)))
    missing = [
        own[~np.isin(names[own], _hashes_of_names(samples.folder + folder))]
        for folder, own in zip(folders, np.split(order, ends[:-1]), strict=True)
    ]
    if count := sum(map(len, missing)):
        paths = [sample["img_path"] for sample in samples.take(np.concatenate(missing))]
        raise FileNotFoundError(
            f"{count} of {len(samples)} images that the lists in '{root / 'txt'}' name are missing: {first_few(paths)}. Images "
            f"belong under '{image_prefix(root)[:-1]}'; see docs/real_data.md."
        )


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
