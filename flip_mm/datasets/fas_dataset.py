# SPDX-License-Identifier: Apache-2.0
"""A run of a protocol and list files -> samples."""

from __future__ import annotations

import inspect
import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from mmengine.dataset import BaseDataset
from mmengine.registry import DefaultScope
from mmpretrain.registry import DATASETS, TRANSFORMS

from flip_mm.labels import CLASSES, LIST_WORDS

from .holdout import held_out_units, unit
from .lists import Entry, list_path, read_entries
from .naming import original_split
from .protocols import LAYOUTS, Run, get_run
from .recorded_sums import recorded_sums
from .sets import DATA_SETS

RUN_KEYS = tuple(inspect.signature(get_run).parameters)
# The release fills the streams of a few shots with four copies of each.
SHOT_COPIES = 4
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

    and for W, CeFA, S: ``frame/{wmca,cefa,surf}/...``, ``txt/{wmca,cefa,surf}_...``; likewise for registered domains.

    Training takes the frame of every line. Lists of M, C, I, O name frame 0 of a video and testing adds frame 1; lists of the
    other domains name every frame. With the official lists P1's target O (ICM->O) has 81,720 training samples and 7,160 test
    frames of 3,580 videos. Protocol ``'intra'`` divides the lines of both lists by the folder, train or test, in their path.
    With ``shots`` the first lines of the target's ``*_shot.txt`` form further streams, four copies of each image. With
    ``holdout`` videos of the sources are left out of training and join the test, before the target's, with ``role='dev'``.

    Samples of data sets with a converter's manifest carry its ``sha256`` of the file, which :class:`LoadFrame` compares with
    the bytes that it decodes, each time.

    Args:
        run: Arguments of :func:`~flip_mm.datasets.protocols.get_run`, e.g. ``dict(protocol='p1', target='O')``.
        split: ``'train'`` or ``'test'``.
        data_root: The tree above.
        pipeline: Transforms.
        check_files: Check at construction that every image exists.
        lazy_init: mmengine's.

    Attributes:
        run (Run): The run.
        streams (dict): Of a training set: (domain, class) -> indices of its samples, in the order of a batch.

    Raises:
        FileNotFoundError: A list or an image is missing (all missing images are counted, the first few named).
        ValueError: An unknown run or split, an empty class, a line that is no official name, or a broken manifest.
    """

    METAINFO = dict(classes=CLASSES)
    # Arguments whose dicts are a function's arguments: a config's keys are compared with them.
    CONFIG_CALLS = dict(run=get_run)

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
        if unknown := run.keys() - {*RUN_KEYS}:
            raise ValueError(f"FASDataset: run has the unknown keys {sorted(unknown)}; it takes {', '.join(RUN_KEYS)}.")
        self.run = get_run(**run)
        self.split = split
        self.check_files = check_files
        self.streams: dict[tuple[str, str], list[int]] = {}
        # MMPretrain's tools do not all set a default scope, without which its transforms would not be found.
        with DefaultScope.overwrite_default_scope(None if DefaultScope.get_current_instance() else "mmpretrain"):
            pipeline = [TRANSFORMS.build(step) if isinstance(step, dict) else step for step in pipeline]
        super().__init__(
            # Stored in checkpoints by mmengine, so that a test can tell whether the target was trained on.
            metainfo=dict(run=asdict(self.run)),
            data_root=data_root,
            pipeline=pipeline,
            test_mode=split == "test",
            lazy_init=lazy_init,
        )

    @property
    def CLASSES(self) -> tuple[str, ...]:
        """MMPretrain's name for the classes in the order of the labels, which its tools read."""
        return self.metainfo["classes"]

    def load_data_list(self) -> list[dict]:
        """Read the lists of the run."""
        self._check_lists()
        samples: list[dict] = []
        if self.split == "train":
            for domain in self.run.train_domains:
                lines = {name: self._lines(domain, name, "train") for name in LIST_WORDS}
                held_out = self._held_out(domain, lines)
                for name, own in lines.items():
                    self._add(samples, domain, name, [entry for entry in own if unit(entry.name) not in held_out], "train")
            for name in LIST_WORDS if self.run.shots else ():
                self._add(samples, self.run.target, name, self._shots(name), "train", SHOT_COPIES)
        else:
            for domain in self.run.sources if self.run.holdout else ():
                lines = {name: self._lines(domain, name, "train") for name in LIST_WORDS}
                held_out = self._held_out(domain, lines)
                for name, own in lines.items():
                    kept = [entry for entry in own if unit(entry.name) in held_out]
                    self._add(samples, domain, name, _tested(domain, kept), "dev")
            for name in LIST_WORDS:
                entries = self._lines(self.run.target, name, "test")
                self._add(samples, self.run.target, name, _tested(self.run.target, entries), "target")
        if self.check_files:
            _check_images(samples, Path(self.data_root))
        if sums := recorded_sums(Path(self.data_root), {sample["domain"]: None for sample in samples}):
            start = len(os.path.join(self.data_root, "frame", ""))
            for sample in samples:
                sample["sha256"] = sums.get(sample["img_path"][start:], "")
        return samples

    def _check_lists(self) -> None:
        """Look for all lists that the split reads."""
        run, root = self.run, Path(self.data_root)
        holds = "must hold txt/ with the lists and frame/ with the images of all domains of the run"
        if not (root / "txt").is_dir():
            wrong = "has no folder txt/" if root.is_dir() else "is no folder"
            raise FileNotFoundError(f"The data root '{root.absolute()}' {wrong}: it {holds}, {_how_to_get(run)}")
        kinds = ("train", "test") if run.protocol == "intra" else (self.split,)
        if self.split == "train":
            needed = [(domain, kind) for domain in run.train_domains for kind in kinds]
            needed += [(run.target, "shot")] if run.shots else []
        else:
            needed = [(domain, "train") for domain in run.sources if run.holdout]
            needed += [(run.target, kind) for kind in kinds]
        paths = [list_path(root, domain, name, kind) for domain, kind in needed for name in LIST_WORDS]
        missing = [f"'{path}'" for path in dict.fromkeys(paths) if not path.is_file()]
        if missing:
            more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
            one = len(missing) == 1
            raise FileNotFoundError(
                f"The list{'' if one else 's'} {', '.join(missing[:NAMED])}{more} {'is' if one else 'are'} missing: protocol "
                f"{run.protocol} ({run.name}) needs {'it' if one else 'them'} for the {self.split} set. The data root "
                f"'{root.absolute()}' {holds}, {_how_to_get(run)}"
            )

    def _add(self, samples: list[dict], domain: str, name: str, entries: list[Entry], role: str, copies: int = 1) -> None:
        """Append the samples of one class of a domain; in training, also the stream of their indices."""
        if self.split == "train":
            self.streams[domain, name] = list(range(len(samples), len(samples) + len(entries))) * copies
        for frame, parsed in entries:
            samples.append(
                dict(
                    img_path=os.path.join(self.data_root, "frame", frame),
                    gt_label=CLASSES.index(name),
                    domain=domain,
                    video_id=parsed.video_id,
                    subject=parsed.subject,
                    attack_type=parsed.attack_type,
                    frame=parsed.frame,
                    role=role,
                )
            )

    def _held_out(self, domain: str, lines: dict[str, list[Entry]]) -> set[str]:
        """Subjects or videos of a source, given by its lines of either class, that form the development set."""
        if not self.run.holdout or domain not in self.run.sources:
            return set()
        videos = {name: {parsed.video_id: unit(parsed) for _, parsed in own} for name, own in lines.items()}
        return held_out_units(domain, videos, self.run.holdout)

    def _shots(self, name: str) -> list[Entry]:
        """The target's images that join training."""
        lines = self._read(self.run.target, name, "shot")
        if len(lines) < self.run.shots:
            path = list_path(Path(self.data_root), self.run.target, name, "shot")
            raise ValueError(f"run.shots={self.run.shots}: the list '{path}' has {len(lines)} lines.")
        return lines[: self.run.shots]

    def _lines(self, domain: str, name: str, split: str) -> list[Entry]:
        """Lines of one class that belong to a split, and what they tell."""
        if self.run.protocol != "intra":
            return self._read(domain, name, split)
        both = dict.fromkeys(self._read(domain, name, "train") + self._read(domain, name, "test"))
        own = [entry for entry in both if original_split(entry.line) == split]
        if not own:
            path = list_path(Path(self.data_root), domain, name, "*")
            raise ValueError(f"'{path}': no line lies in a folder '{split}', which protocol intra takes for the {split} set.")
        return own

    def _read(self, domain: str, name: str, kind: str) -> list[Entry]:
        """Lines of one list file, and what they tell."""
        return read_entries(list_path(Path(self.data_root), domain, name, kind), domain, name)

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
                "fix the pipeline if the file is intact; images are never skipped."
            ) from error


def _tested(domain: str, entries: list[Entry]) -> list[Entry]:
    """Frames that a test shows for lines of a list."""
    return [Entry(*frame) for entry in entries for frame in DATA_SETS[domain].entries_to_test(*entry)]


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


def _how_to_get(run: Run) -> str:
    """Where the data of a run come from, the end of a sentence."""
    needed = {*run.train_domains, run.target}
    layout = next((name for name, domains in LAYOUTS.items() if needed <= {*domains}), None)
    if layout is None:
        return "see docs/real_data.md, and docs/new_data.md for data sets of your own."
    return (
        "see docs/real_data.md. A synthetic set of that form is written by `python tools/dataset_converters/make_synthetic.py "
        f"--out data/synthetic --layout {layout}`; then --data-root data/synthetic."
    )


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
