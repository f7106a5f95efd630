# SPDX-License-Identifier: Apache-2.0
"""A run of a protocol and list files -> samples."""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import torch
from mmengine.dataset import BaseDataset
from mmengine.logging import print_log
from mmpretrain.registry import DATASETS

from .naming import parse_name, sibling_frame
from .protocols import DOMAINS, get_run

CLASSES = ("spoof", "real")
# Order of a batch: per domain, real then spoof. Class -> word in the list's file name.
LIST_CLASSES = {"real": "real", "spoof": "fake"}
NAMED = 5


@DATASETS.register_module()
class FASDataset(BaseDataset):
    """Frames of the domains that train, or of the target that is tested.

    Expects the official release's tree::

        data_root
        ├── frame                                  images, under the paths that the lists name
        │   ├── msu/{train,test}/{real,fake}/*.png
        │   ├── casia/...  replay/...  oulu/...
        │   └── celeb/{real,fake}/*.jpg
        └── txt                                    one relative path per line
            ├── msu_real_train.txt  msu_fake_train.txt  msu_real_test.txt  msu_fake_test.txt
            └── ...                                the same for casia, replay, oulu; train only for celeb

    Training takes the frame of every line; testing adds frame 1 of the same video. With the official lists P1's target O
    (ICM->O) has 81,720 training samples and 7,160 test frames of 3,580 videos.

    Args:
        run: Arguments of :func:`~flip_mm.datasets.protocols.get_run`, e.g. ``dict(protocol='p1', target='O')``.
        split: ``'train'`` or ``'test'``.
        data_root: The tree above.
        pipeline: Transforms.
        check_files: Check at construction that every image exists.
        lazy_init: mmengine's.

    Attributes:
        run (Run): The run.
        streams (dict): (domain, class) -> indices of its samples, in the order of a batch.

    Raises:
        FileNotFoundError: A list or an image is missing (all missing images are counted, the first few named).
        ValueError: An unknown run or split, an empty class, or a line that is no official name.
    """

    METAINFO = dict(classes=CLASSES)

    def __init__(
        self,
        run: dict,
        split: str,
        data_root: str,
        pipeline: Sequence[dict | Callable],
        check_files: bool = True,
        lazy_init: bool = False,
    ) -> None:
        if split not in ("train", "test"):
            raise ValueError(f"FASDataset: split must be 'train' or 'test', got {split!r}.")
        unknown = run.keys() - {"protocol", "target", "source", "shots", "holdout"}
        if unknown:
            raise ValueError(
                f"FASDataset: run has the unknown keys {sorted(unknown)}; it takes protocol, target, source, shots, holdout."
            )
        self.run = get_run(**run)
        self.split = split
        self.check_files = check_files
        self.streams: dict[tuple[str, str], list[int]] = {}
        super().__init__(
            # Stored in checkpoints by mmengine, so that a test can tell whether the target was trained on.
            metainfo=dict(run=asdict(self.run)),
            data_root=data_root,
            pipeline=list(pipeline),
            test_mode=split == "test",
            lazy_init=lazy_init,
        )

    def load_data_list(self) -> list[dict]:
        """Read the lists of the run."""
        root = Path(self.data_root)
        domains = self.run.train_domains if self.split == "train" else (self.run.target,)
        samples: list[dict] = []
        for domain in domains:
            for name in ("real", "spoof"):
                own = list(self._read_class(root, domain, name))
                self.streams[domain, name] = list(range(len(samples), len(samples) + len(own)))
                samples += own
        if self.check_files:
            _check_images(samples, root)
        return samples

    def _read_class(self, root: Path, domain: str, name: str) -> Iterator[dict]:
        """Samples of one list file."""
        path = root / "txt" / f"{DOMAINS[domain]}_{LIST_CLASSES[name]}_{self.split}.txt"
        if not path.is_file():
            raise FileNotFoundError(
                f"The list '{path}' is missing: protocol {self.run.protocol} ({self.run.name}) needs it for the {self.split} "
                f"set. The data root '{root.absolute()}' must hold txt/ with the lists and frame/ with the images, see "
                "docs/real_data.md. A synthetic set of that form is written by `python "
                f"tools/dataset_converters/make_synthetic.py --out {self.data_root}`."
            )
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValueError(f"The list '{path}' is not UTF-8 text: {error}. Save it as UTF-8.") from error
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        unique = list(dict.fromkeys(lines))
        if not unique:
            raise ValueError(f"The list '{path}' is empty: domain {domain} has no {name} images for the {self.split} set.")
        if len(unique) < len(lines):
            print_log(f"'{path}' repeats {len(lines) - len(unique)} of its lines; each counts once.", logger="current")
        # Frame 1 of every video is shown at test only; CelebA-Spoof has single images and is never tested.
        for line in unique:
            if PurePosixPath(line).is_absolute() or ".." in PurePosixPath(line).parts:
                raise ValueError(f"'{path}': the line '{line}' leaves the folder of images; lines are paths inside frame/.")
            sample = self._sample(root, path, domain, name, line)
            if sample["frame"] != 0:
                raise ValueError(f"'{path}': the line '{line}' names frame {sample['frame']}; lists name frame 0 of a video.")
            yield sample
            if self.split == "test":
                yield self._sample(root, path, domain, name, sibling_frame(line, 1))

    def _sample(self, root: Path, path: Path, domain: str, name: str, frame: str) -> dict[str, Any]:
        """One sample."""
        try:
            parsed = parse_name(domain, frame)
        except ValueError as error:
            hint = " Write the path with / instead of \\." if "\\" in frame else ""
            raise ValueError(f"'{path}': {error}{hint}") from error
        return dict(
            img_path=str(root / "frame" / frame),
            gt_label=CLASSES.index(name),
            domain=domain,
            video_id=parsed.video_id,
            subject=parsed.subject,
            attack_type=parsed.attack_type,
            frame=parsed.frame,
            role="target" if self.split == "test" else "train",
        )

    def __getitem__(self, index: int | tuple[int, int]) -> dict:
        """A sample through the pipeline.

        Args:
            index: Its number; or number and seed, which every random draw of the pipeline then follows from.
        """
        if not self._fully_initialized:
            self.full_init()
        index, seed = index if isinstance(index, tuple) else (index, None)
        try:
            with _seeded(seed):
                return self.prepare_data(index)
        except Exception as error:  # decoders and transforms raise anything
            path = self.get_data_info(index)["img_path"]
            raise RuntimeError(
                f"The image '{path}' could not be read or transformed: {type(error).__name__}: {error}. Replace the file, or "
                "mend the pipeline if the file is in order; images are never skipped."
            ) from error


@contextmanager
def _seeded(seed: int | None) -> Iterator[None]:
    """Seed Python's, numpy's and torch's CPU generators, and put them back afterwards."""
    if seed is None:
        yield
        return
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002 transforms use the global one
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    torch.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        torch.set_rng_state(states[2])


def _check_images(samples: list[dict], root: Path) -> None:
    """Compare the samples with the folders' contents, one listing per folder."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for sample in samples:
        folder, name = os.path.split(sample["img_path"])
        wanted[folder].append(name)
    missing = []
    for folder, names in wanted.items():
        present = {entry.name for entry in os.scandir(folder)} if os.path.isdir(folder) else set()
        missing += [os.path.join(folder, name) for name in names if name not in present]
    if missing:
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        raise FileNotFoundError(
            f"{len(missing)} of {len(samples)} images that the lists in '{root / 'txt'}' name are missing: "
            f"{', '.join(missing[:NAMED])}{more}. Images belong under '{root / 'frame'}'; see docs/real_data.md."
        )
