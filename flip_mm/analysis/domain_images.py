# SPDX-License-Identifier: Apache-2.0
"""The test images of each domain of a run, and what a model says about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS

from flip_mm.datasets.data_roots import parse_roots, root_of
from flip_mm.datasets.fas_dataset import FASDataset
from flip_mm.datasets.lists import list_path
from flip_mm.datasets.naming import same_recording
from flip_mm.datasets.protocols import Run
from flip_mm.datasets.run_samples import read_samples
from flip_mm.evaluation import ScoreTable
from flip_mm.evaluation.roles import TARGET
from flip_mm.labels import LIST_WORDS
from flip_mm.visualization.mistake_pictures import inside

from .draws import draw_videos
from .network import TrainedNetwork, ends_in_bgr
from .run_folder import RunFolder

SOURCE = "source"
BATCH = 32


@dataclass(frozen=True)
class DomainImages:
    """The test list of a domain.

    Attributes:
        domain: Its name.
        role: ``'target'``, ``'source'`` (the test list of a domain that trained) or ``'dev'`` (held-out source videos).
        dataset: The data set, with the test pipeline.
        rows: Indices of its images with this domain and role.
        is_bgr: Whether the pipeline ends in BGR.
        trained: Number of its videos that are also in the training list, with the same or other frames.
        videos: Number of its videos.
    """

    domain: str
    role: str
    dataset: FASDataset
    rows: np.ndarray
    is_bgr: bool
    trained: int
    videos: int

    @property
    def name(self) -> str:
        """Such as ``'C (source)'``."""
        return f"{self.domain} ({self.role})"

    def crop(self, row: int) -> np.ndarray:
        """Return what the network gets of an image: (h, w, 3) uint8 RGB."""
        image = self.dataset[int(row)]["inputs"].numpy().transpose(1, 2, 0)
        return image[..., ::-1] if self.is_bgr else image

    def samples(self, rows: Sequence[int]) -> list[dict]:
        """Return what the lists say about images."""
        return [self.dataset.get_data_info(int(row)) for row in rows]

    def files(self) -> dict[str, int]:
        """Return path below ``frame/`` -> index."""
        root, samples = self.dataset.data_root, self.samples(self.rows)
        return {inside(sample["img_path"], root): int(row) for row, sample in zip(self.rows, samples, strict=True)}


@dataclass(frozen=True)
class ScoredImages:
    """Images of a domain with scores and embeddings.

    Attributes:
        images: The domain.
        frames: Scores of N drawn images.
        embeddings: (N, d) float32, l2-normalised.
    """

    images: DomainImages
    frames: ScoreTable
    embeddings: np.ndarray


def domain_images(run: RunFolder) -> tuple[list[DomainImages], list[str]]:
    """Read the test lists of the target and of all sources that have one, and the held-out source videos.

    Returns:
        The target first; and a sentence for each source without a test list.

    Raises:
        OSError: The data root, a list of the target or an image is missing.
        ValueError: A list has a wrong line.
    """
    init_default_scope("mmpretrain")
    root, found, notes = parse_roots(run.data_root), [], []
    # The target's data set first: its error says what is missing of the data root.
    target = _dataset(run, run.run)
    trained = {
        same_recording(sample["domain"], sample["subject"], sample["video_id"])
        for sample in read_samples(run.run, "train", root)[0]
    }
    whole = _parts(run, target, trained)
    found += sorted(whole, key=lambda images: images.role != TARGET)
    for domain in run.run.sources:
        if domain == run.run.target:
            continue
        if not all(list_path(root_of(run.data_root, domain), domain, word, "test").is_file() for word in LIST_WORDS):
            notes.append(f"The source {domain} has no test list, so it is not in the plots.")
            continue
        alone = replace(run.run, target=domain, shots=0, holdout=0.0, unlabelled="")
        found += _parts(run, _dataset(run, alone), trained, SOURCE)
    return found, notes


def score(
    images: DomainImages, network: TrainedNetwork, most: int, seed: int = 0, on_image: Callable[[int], None] | None = None
) -> ScoredImages:
    """Score drawn videos of a domain.

    Args:
        images: The domain.
        network: The model.
        most: Images of each class, see :func:`~flip_mm.analysis.draws.draw_videos`.
        seed: Of the draw.
        on_image: Called with the number of images after each batch.

    Raises:
        RuntimeError: An image cannot be read.
    """
    samples = images.samples(images.rows)
    kept = draw_videos([s["video_id"] for s in samples], [s["gt_label"] for s in samples], most, seed)
    rows, scores, embeddings = images.rows[kept], [], []
    for start in range(0, rows.size, BATCH):
        batch = rows[start : start + BATCH]
        own, features = network.scores(np.stack([images.crop(row) for row in batch]))
        scores.append(own)
        embeddings.append(features)
        if on_image is not None:
            on_image(batch.size)
    table = score_table([samples[index] for index in kept], np.concatenate(scores), images.dataset.data_root)
    return ScoredImages(images, table, np.concatenate(embeddings))


def score_table(samples: Sequence[dict], scores: np.ndarray, root: str) -> ScoreTable:
    """Return samples of a data set with their scores as a table of frames."""
    return ScoreTable.from_frames(
        (
            inside(sample["img_path"], root),
            sample["video_id"],
            sample["subject"],
            sample["domain"],
            sample["attack_type"],
            sample["gt_label"],
            float(value),
        )
        for sample, value in zip(samples, scores, strict=True)
    )


def _dataset(run: RunFolder, of: Run) -> FASDataset:
    config = run.cfg.test_dataloader.dataset
    dataset = DATASETS.build({**config, "lazy_init": True})
    if not isinstance(dataset, FASDataset):
        raise ValueError(f"'{run.folder}': its test data set is {type(dataset).__name__}, and only a FASDataset has domains.")
    dataset.run = of
    dataset.full_init()
    return dataset


def _parts(run: RunFolder, dataset: FASDataset, trained: set, role: str = "") -> list[DomainImages]:
    """Each domain and role of a data set."""
    rows: dict[tuple[str, str], list[int]] = {}
    for index in range(len(dataset)):
        sample = dataset.get_data_info(index)
        rows.setdefault((sample["domain"], role or sample["role"]), []).append(index)
    found = []
    for (domain, own_role), own in rows.items():
        videos = {
            (sample["subject"], sample["video_id"]): same_recording(domain, sample["subject"], sample["video_id"]) in trained
            for sample in (dataset.get_data_info(index) for index in own)
        }
        is_bgr = ends_in_bgr(run.cfg.test_dataloader.dataset.pipeline)
        found.append(DomainImages(domain, own_role, dataset, np.array(own), is_bgr, sum(videos.values()), len(videos)))
    return found
