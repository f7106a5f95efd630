# SPDX-License-Identifier: Apache-2.0
"""Data set of a run: reads the list files and returns samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

from mmengine.dataset import BaseDataset
from mmengine.logging import print_log
from mmengine.registry import DefaultScope
from mmpretrain.registry import DATASETS, TRANSFORMS

from flip_mm.labels import CLASSES
from flip_mm.utils.packed_text import PackedText

from .data_roots import DataRoots, parse_roots
from .image_source import image_prefix
from .protocols import ADAPT, ROLES, Run, get_run, run_of
from .randomness import seeded
from .recorded_sums import recorded_sums
from .required_files import check_images, check_lists
from .run_samples import Streams, read_samples
from .sample_table import SampleTable
from .transforms.load_depth import LoadDepth, check_flips


@DATASETS.register_module()
class FASDataset(BaseDataset):
    """Frames of a run: of the training domains, or of the target for a test.

    Expects the folder tree of the official release::

        data_root
        ├── frame                                  images, under the paths that the lists name
        │   ├── msu/{train,test}/{real,fake}/*.png
        │   ├── casia/...  replay/...  oulu/...
        │   └── celeb/{real,fake}/*.jpg
        └── txt                                    one relative path per line
            ├── msu_real_train.txt  msu_fake_train.txt  msu_real_test.txt  msu_fake_test.txt
            └── ...                                the same for casia, replay, oulu; train only for celeb

    W, CeFA and S have the same form: ``frame/{wmca,cefa,surf}/...``, ``txt/{wmca,cefa,surf}_...``. So do registered domains.

    Training uses the frame of every line. If the record of a domain says ``frames='pair'``, its lists name frame 0 of a
    video, and a test adds frame 1; other lists name every image. With the official lists P1's target O (ICM->O) has 81,720
    training samples and 7,160 test frames of 3,580 videos. Protocol ``'intra'`` splits the lines of both lists by the folder,
    train or test, in their path.

    - ``shots``: the first lines of the target's ``*_shot.txt`` are added as streams, four copies of each image.
    - ``holdout``: some videos of the sources are tested instead of trained on. They come before the target, with
      ``role='dev'``.
    - ``unlabelled``: images of the target are added as the last stream, with ``role='adapt'``. Their ``gt_label`` is -1,
      which no loss accepts, and ``attack_type``, ``session`` and ``medium`` are empty.

    A sample has ``img_path, gt_label, domain, domain_index, video_id, subject, session, device, attack_type, medium, frame,
    role``; docs/new_method.md explains them. If a data set has a converter's manifest, its samples also have the ``sha256``
    of the file, and :class:`LoadFrame` verifies it each time it reads the image.

    Args:
        run: Arguments of :func:`~flip_mm.datasets.protocols.get_run`, e.g. ``dict(protocol='p1', target='O')``.
        split: ``'train'`` or ``'test'``.
        data_root: Folder with the tree above; or several, ``'MCIO=/a,WCS=/b'``, of which each domain is read from the one that
            has its lists.
        pipeline: Transforms.
        check_files: Check at construction that every image exists.
        lazy_init: As in mmengine's ``BaseDataset``.
        roles: Roles of a test: ``('dev',)`` reads no image of the target, ``('target',)`` no development set.

    Attributes:
        run (Run): The run.
        data_list (Sequence): The samples as dicts, which are made when they are read: a
            :class:`~flip_mm.datasets.sample_table.SampleTable`. A subclass with its own ``load_data_list`` or ``filter_data``
            stores samples as mmengine does.
        streams (dict): For training: (domain, class) -> indices of its samples, in the order of a batch; the class of
            unlabelled images is ``'adapt'``. Empty for a test.
        depth (str): Where the depth maps of its pipeline come from; ``''`` without :class:`LoadDepth`.

    Raises:
        FileNotFoundError: A list, an image or a depth map is missing.
        ValueError: An unknown run or split, an empty class, a line that is no official name, or a damaged manifest.
    """

    METAINFO = dict(classes=CLASSES)
    # Argument -> function that gets the dict as keyword arguments: config keys are checked against its signature.
    CONFIG_CALLS = dict(run=get_run)

    def __init__(
        self,
        run: dict,
        split: str,
        data_root: str,
        pipeline: Sequence[dict | Callable],
        check_files: bool = True,
        lazy_init: bool = False,
        roles: Sequence[str] = ROLES,
    ) -> None:
        if split not in ("train", "test"):
            raise ValueError(f"FASDataset: split must be 'train' or 'test', got {split!r}.")
        self.run = run_of(run)
        self.split = split
        self.roles = _checked_roles(roles, self.run)
        self.check_files = check_files
        self.streams: Streams = {}
        self.depth = ""
        # Some tools of MMPretrain set no default scope; without one its transforms are not found.
        with DefaultScope.overwrite_default_scope(None if DefaultScope.get_current_instance() else "mmpretrain"):
            pipeline = [TRANSFORMS.build(step) if isinstance(step, dict) else step for step in pipeline]
        super().__init__(
            # mmengine stores it in checkpoints, so that a test knows whether the target was trained on.
            metainfo=dict(run=asdict(self.run)),
            data_root=data_root,
            pipeline=pipeline,
            test_mode=split == "test",
            lazy_init=lazy_init,
        )

    @property
    def CLASSES(self) -> tuple[str, ...]:
        """Class names in the order of the labels; MMPretrain's tools read this attribute."""
        return self.metainfo["classes"]

    def full_init(self) -> None:
        """Read the lists of the run."""
        own = type(self)
        if self._fully_initialized:
            return
        if (own.load_data_list, own.filter_data) == (FASDataset.load_data_list, FASDataset.filter_data):
            # mmengine would make a dict of each sample and pickle it: 1.2 GiB for a million.
            self.data_list, self.serialize_data = self.load_samples(), False
            self._fully_initialized = True
        else:
            super().full_init()

    def load_data_list(self) -> list[dict]:
        """Read the lists of the run; a subclass may return other samples."""
        return list(self.load_samples())

    def load_samples(self) -> SampleTable:
        """Read the lists of the run, and check that the images exist."""
        root = parse_roots(self.data_root)
        check_lists(self.run, self.split, root, self.roles)
        samples, self.streams = read_samples(self.run, self.split, root, roles=self.roles)
        if ADAPT in (name for _, name in self.streams):
            print_log(
                f"run.unlabelled={self.run.unlabelled!r}: {len(self.streams[self.run.target, ADAPT])} images of the target "
                f"{self.run.target} train without their labels.",
                logger="current",
            )
        sums = recorded_sums(root, samples.domains)
        if isinstance(root, DataRoots):
            samples.folder = {domain: image_prefix(root.of(domain)) for domain in samples.domains}
        else:
            samples.folder = image_prefix(self.data_root)
        if sums:
            samples.sums = PackedText.of(sums.get(file, "") for file in samples.files())
        if self.check_files:
            check_images(samples)
        check_flips(self.pipeline.transforms)
        for step in self.pipeline.transforms:
            if isinstance(step, LoadDepth):
                step.find_maps(samples)
                self.depth = step.source
        return samples

    def __getitem__(self, index: int | tuple[int, int]) -> dict:
        """Return a sample after the pipeline.

        Args:
            index: Index of the sample, or (index, seed): all random numbers of the pipeline then come from the seed.
        """
        if not self._fully_initialized:
            self.full_init()
        index, seed = index if isinstance(index, tuple) else (index, None)
        try:
            with seeded(seed):
                return self.prepare_data(index)
        except Exception as error:  # decoders and transforms may raise any exception
            path = self.get_data_info(index)["img_path"]
            raise RuntimeError(
                f"The image '{path}' could not be read or transformed: {type(error).__name__}: {error}. Replace the file, or "
                "fix the pipeline if the file is intact; images are never skipped."
            ) from error


def _checked_roles(roles: Sequence[str], run: Run) -> tuple[str, ...]:
    if isinstance(roles, str) or not roles or {*roles} - {*ROLES}:
        raise ValueError(f"FASDataset: roles must be a list of 'dev' and 'target', got {roles!r}.")
    if "target" not in roles and not run.holdout:
        raise ValueError("FASDataset: roles=['dev'] tests held-out source videos, and run.holdout is 0: use --holdout 0.1.")
    return tuple(roles)
