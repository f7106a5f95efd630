# SPDX-License-Identifier: Apache-2.0
"""A run of a protocol and list files -> samples."""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from mmengine.dataset import BaseDataset
from mmengine.logging import print_log
from mmengine.registry import DefaultScope
from mmpretrain.registry import DATASETS, TRANSFORMS

from flip_mm.labels import CLASSES, HIDDEN, LIST_WORDS

from .holdout import held_out_units, unit
from .lists import list_path, read_list
from .naming import FrameName, frames_to_test, original_split, parse_name
from .protocols import ADAPT, get_run
from .randomness import seeded
from .recorded_sums import recorded_sums
from .required_files import check_images, check_lists

RUN_KEYS = tuple(inspect.signature(get_run).parameters)
# The release fills the streams of a few shots with four copies of each.
SHOT_COPIES = 4
# A path of a list and what it tells.
Line = tuple[str, FrameName]


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
    With ``unlabelled`` images of the target form one more stream, last, with ``role='adapt'``: their ``gt_label`` is -1, which
    no loss accepts, and ``attack_type``, ``session`` and ``medium`` are empty.

    A sample has ``img_path, gt_label, domain, domain_index, video_id, subject, session, device, attack_type, medium, frame,
    role``, see docs/new_method.md for what each holds.

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
        streams (dict): Of a training set: (domain, class) -> indices of its samples, in the order of a batch; the class of
            unlabelled images is ``'adapt'``.

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
        check_lists(self.run, self.split, Path(self.data_root))
        samples = self._training_samples() if self.split == "train" else self._test_samples()
        if self.check_files:
            check_images(samples, Path(self.data_root))
        if sums := recorded_sums(Path(self.data_root), {sample["domain"]: None for sample in samples}):
            start = len(os.path.join(self.data_root, "frame", ""))
            for sample in samples:
                sample["sha256"] = sums.get(sample["img_path"][start:], "")
        return samples

    def _training_samples(self) -> list[dict]:
        """Sources and auxiliary domains, then the target's shots, then its unlabelled images; fills in the streams."""
        samples: list[dict] = []

        def add(domain: str, name: str, lines: Iterable[Line], role: str = "train", copies: int = 1) -> None:
            start = len(samples)
            samples.extend(self._sample(domain, line, role) for line in lines)
            self.streams[domain, name] = list(range(start, len(samples))) * copies

        run = self.run
        for domain in run.train_domains:
            lines = {name: self._lines(domain, name, "train") for name in LIST_WORDS}
            held_out = self._held_out(domain, lines)
            for name, own in lines.items():
                add(domain, name, [line for line in own if unit(line[1]) not in held_out])
        for name in LIST_WORDS if run.shots else ():
            add(run.target, name, self._shots(name), copies=SHOT_COPIES)
        if run.unlabelled:
            lines = [line for name in LIST_WORDS for line in self._read(run.target, name, run.unlabelled)]
            add(run.target, ADAPT, self._shown(run.target, lines) if run.unlabelled == "test" else lines, ADAPT)
            print_log(
                f"run.unlabelled={run.unlabelled!r}: {len(self.streams[run.target, ADAPT])} images of the target {run.target} "
                "train without their labels.",
                logger="current",
                level=logging.WARNING,
            )
        return samples

    def _test_samples(self) -> list[dict]:
        """The sources' development set, then the target."""
        samples = []
        for domain in self.run.sources if self.run.holdout else ():
            lines = {name: self._lines(domain, name, "train") for name in LIST_WORDS}
            held_out = self._held_out(domain, lines)
            for own in lines.values():
                kept = [line for line in own if unit(line[1]) in held_out]
                samples += [self._sample(domain, line, "dev") for line in self._shown(domain, kept)]
        for name in LIST_WORDS:
            lines = self._shown(self.run.target, self._lines(self.run.target, name, "test"))
            samples += [self._sample(self.run.target, line, "target") for line in lines]
        return samples

    def _sample(self, domain: str, line: Line, role: str) -> dict:
        """All that is known of a frame; of one that trains without its label nothing that tells it."""
        path, parsed = line
        hidden = role == ADAPT
        return dict(
            img_path=os.path.join(self.data_root, "frame", path),
            gt_label=HIDDEN if hidden else CLASSES.index(parsed.label),
            domain=domain,
            domain_index=self.run.domain_index(domain),
            video_id=parsed.video_id,
            subject=parsed.subject,
            session="" if hidden else parsed.session,
            device=parsed.device,
            attack_type="" if hidden else parsed.attack_type,
            medium="" if hidden else parsed.medium,
            frame=parsed.frame,
            role=role,
        )

    def _held_out(self, domain: str, lines: dict[str, list[Line]]) -> set[str]:
        """Subjects or videos of a source, given by its lines of either class, that form the development set."""
        if not self.run.holdout or domain not in self.run.sources:
            return set()
        videos = {name: {parsed.video_id: unit(parsed) for _, parsed in own} for name, own in lines.items()}
        return held_out_units(domain, videos, self.run.holdout)

    def _shots(self, name: str) -> list[Line]:
        """The target's images that join training."""
        lines = self._read(self.run.target, name, "shot")
        if len(lines) < self.run.shots:
            path = list_path(Path(self.data_root), self.run.target, name, "shot")
            raise ValueError(f"run.shots={self.run.shots}: the list '{path}' has {len(lines)} lines.")
        return lines[: self.run.shots]

    def _lines(self, domain: str, name: str, split: str) -> list[Line]:
        """Lines of one class that belong to a split."""
        if self.run.protocol != "intra":
            return self._read(domain, name, split)
        both = dict(self._read(domain, name, "train") + self._read(domain, name, "test"))
        own = [(line, parsed) for line, parsed in both.items() if original_split(line) == split]
        if not own:
            path = list_path(Path(self.data_root), domain, name, "*")
            raise ValueError(f"'{path}': no line lies in a folder '{split}', which protocol intra takes for the {split} set.")
        return own

    def _read(self, domain: str, name: str, kind: str) -> list[Line]:
        """Lines of one list file."""
        path = list_path(Path(self.data_root), domain, name, kind)
        lines = []
        for line in read_list(path):
            try:
                frames_to_test(domain, line)  # names the right frame
                parsed = parse_name(domain, line)
                if parsed.label != name:
                    raise ValueError(f"the line '{line}' belongs into the list of the other class.")
                lines.append((line, parsed))
            except ValueError as error:
                hint = " Write the path with / instead of \\." if "\\" in line else ""
                raise ValueError(f"'{path}': {error}{hint}") from error
        return lines

    @staticmethod
    def _shown(domain: str, lines: Iterable[Line]) -> list[Line]:
        """The frames that a test shows."""
        return [(frame, parse_name(domain, frame)) for line, _ in lines for frame in frames_to_test(domain, line)]

    def __getitem__(self, index: int | tuple[int, int]) -> dict:
        """A sample through the pipeline.

        Args:
            index: Its number; or number and seed, which every random draw of the pipeline then follows from.
        """
        if not self._fully_initialized:
            self.full_init()
        index, seed = index if isinstance(index, tuple) else (index, None)
        try:
            with seeded(seed):
                return self.prepare_data(index)
        except Exception as error:  # decoders and transforms raise anything
            path = self.get_data_info(index)["img_path"]
            raise RuntimeError(
                f"The image '{path}' could not be read or transformed: {type(error).__name__}: {error}. Replace the file, or "
                "fix the pipeline if the file is intact; images are never skipped."
            ) from error
