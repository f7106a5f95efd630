# SPDX-License-Identifier: Apache-2.0
"""A sheet of what goes into the network in training: each view after augmentation, with the normalisation undone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS, MODELS
from torch import Tensor, nn

import flip_mm.register  # noqa: F401  registers the components
from flip_mm.datasets.fas_dataset import FASDataset
from flip_mm.datasets.image_source import read_image_file
from flip_mm.datasets.protocols import ADAPT
from flip_mm.labels import BONA_FIDE
from flip_mm.media.decoding import decode_image
from flip_mm.models.data_preprocessor import IMAGENET_MEAN, IMAGENET_STD
from flip_mm.visualization.contact_sheet import Tile, TileGroup, TileRow, sheet_figure

from .network import ends_in_bgr


def training_sheet(cfg: Config, images: int = 2, draws: int = 1, seed: int = 0) -> Figure:
    """Draw images of each domain and class as the network gets them.

    Args:
        cfg: A config with its run, from ``load_config``.
        images: Images of each domain and class, drawn at random.
        draws: How often each image is augmented: what several epochs make of it.
        seed: Of all draws.

    Raises:
        OSError: The data root, a list or an image is missing.
        RuntimeError: An image cannot be read.
        ValueError: The training data set has no domains.
    """
    init_default_scope("mmpretrain")
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    if not isinstance(dataset, FASDataset):
        raise ValueError(
            f"{cfg.filename}: train_dataloader.dataset ({type(dataset).__name__}) has no domains: show_data needs a FASDataset."
        )
    preprocessor = build_preprocessor(cfg.model)
    is_bgr = ends_in_bgr(cfg.train_dataloader.dataset.pipeline) and not _has_views(cfg)
    groups: dict[str, list[TileRow]] = {}
    sizes: dict[str, list[str]] = {}
    heads: list[str] = []
    for number, ((domain, name), stream) in enumerate(dataset.streams.items()):
        indices = list(dict.fromkeys(stream))
        chosen = np.random.default_rng([seed, number]).permutation(len(indices))[:images]
        sizes.setdefault(domain, []).append(f"{len(indices)} {name} images")
        for index in (indices[place] for place in sorted(chosen)):
            drawn = [network_pictures(dataset, preprocessor, index, seed, draw, is_bgr) for draw in range(draws)]
            heads = heads or _heads([list(own) for own in drawn])
            tiles = [Tile(stored_image(dataset, index)), *(Tile(picture) for own in drawn for picture in own.values())]
            groups.setdefault(domain, []).append(TileRow(_row_name(dataset.get_data_info(index), name), tiles))
    run = dataset.run
    title = (
        f"{Path(cfg.filename).stem}, {run.protocol} {run.name}: training images as the network gets them, normalisation "
        f"undone; file: as stored. {images} images of each domain and class, seed {seed}."
    )
    sheets = [TileGroup(f"{domain}: {', '.join(sizes[domain])}", rows, heads) for domain, rows in groups.items()]
    return sheet_figure(title, sheets, len(heads))


def network_pictures(
    dataset: FASDataset, preprocessor: nn.Module, index: int, seed: int, draw: int, is_bgr: bool = False
) -> dict[str, np.ndarray]:
    """Return the views of a training image, and its depth map if it has one.

    Args:
        dataset: A training data set.
        preprocessor: Of the model.
        index: The image.
        seed: Of all draws.
        draw: Number of the draw: another one augments in another way.
        is_bgr: Whether the pipeline ends in BGR.

    Returns:
        Name -> (h, w, 3) uint8 RGB: ``image``, ``view 1``, ``view 2``; ``HSV`` with the channels of :class:`AppendHSV` as red,
        green and blue; ``depth``, black for 0, white for 1 and red where there is none.
    """
    own = int(np.random.SeedSequence([seed, index, draw]).generate_state(1)[0])
    data = preprocessor(pseudo_collate([dataset[index, own]]), training=True)
    swaps = bool(getattr(preprocessor, "to_rgb", False) or getattr(preprocessor, "_channel_conversion", False))
    views = data["inputs"] if isinstance(data["inputs"], list) else [data["inputs"]]
    pictures = {}
    for number, view in enumerate(views):
        channels = _undone(view, preprocessor, is_bgr and not swaps)
        pictures[f"view {number}" if number else "image"] = np.ascontiguousarray(channels[..., :3])
        if channels.shape[2] > 3:
            pictures["HSV"] = np.ascontiguousarray(channels[..., 3:])
    (sample,) = data["data_samples"]
    return pictures | (dict(depth=_depth_picture(sample.depth[0])) if "depth" in sample else {})


def build_preprocessor(model: Mapping) -> nn.Module:
    """Build the data preprocessor of a model, without the model."""
    settings = dict(model.get("data_preprocessor") or {})
    settings.setdefault("type", "FASDataPreprocessor" if str(model.get("type")).startswith("FLIP") else "ClsDataPreprocessor")
    if settings.get("mean") == "backbone":
        # Only the model knows these numbers; they are undone.
        settings |= dict(mean=IMAGENET_MEAN, std=IMAGENET_STD)
    return MODELS.build(settings)


def stored_image(dataset: FASDataset, index: int) -> np.ndarray:
    """Return an image as it is stored: (H, W, 3) uint8 RGB."""
    return decode_image(read_image_file(dataset.get_data_info(index)["img_path"]))


def _undone(view: Tensor, preprocessor: nn.Module, is_bgr: bool) -> np.ndarray:
    if getattr(preprocessor, "mean", None) is not None:
        view = view * preprocessor.std + preprocessor.mean
    image = view[0].float().round().clamp(0, 255).byte().numpy().transpose(1, 2, 0)
    return np.ascontiguousarray(image[..., ::-1] if is_bgr else image)


def _depth_picture(depth: np.ndarray) -> np.ndarray:
    grey = np.repeat(np.rint(255 * np.nan_to_num(depth))[..., None], 3, axis=2)
    grey[np.isnan(depth), 0] = 255
    return grey.astype(np.uint8)


def _has_views(cfg: Config) -> bool:
    """Whether the pipeline has TrainingViews, which converts to RGB without saying so in the config."""
    return any(step["type"] == "TrainingViews" for step in cfg.train_dataloader.dataset.pipeline)


def _heads(names: list[list[str]]) -> list[str]:
    several = len(names) > 1
    return ["file", *(f"{name}, draw {draw}" if several else name for draw, own in enumerate(names, 1) for name in own)]


def _row_name(sample: Mapping, name: str) -> str:
    if name == ADAPT:
        return "no label"
    kind = sample.get("attack_type") or ""
    return name if kind in ("", BONA_FIDE) else f"{name}\n{kind}"
