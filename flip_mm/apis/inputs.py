# SPDX-License-Identifier: Apache-2.0
"""Check that all files of a training or test exist, before a model is built; all missing files are reported together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS

from flip_mm.config_checks.common_run import SPLITS, check_thresholds, common_run, is_fas
from flip_mm.config_checks.config_parts import flat
from flip_mm.config_checks.needs import check_samples
from flip_mm.evaluation.seen import TEACHER
from flip_mm.labels import CLASSES
from flip_mm.models.backbones.open_clip.build import is_path, must_be_downloaded
from flip_mm.models.backbones.open_clip.weights import read_weights
from flip_mm.utils.files import short_path
from flip_mm.utils.shipped import FORMATS
from flip_mm.utils.text import first_few


def check_inputs(cfg: Config, splits: tuple[str, ...] = tuple(SPLITS)) -> None:
    """Check the run, lists, images, weights and checkpoint of a config.

    Args:
        cfg: The config from ``load_config``.
        splits: Dataloaders that will be used.

    Raises:
        FileNotFoundError: Files are missing; the message lists all of them.
        ValueError: The dataloaders have different runs, a list has a wrong line, or the model has other classes.
    """
    run = common_run(cfg)
    check_thresholds(cfg, run)
    if run is not None:
        _check_classes(cfg.model)
    problems = list(dict.fromkeys([*_files(cfg, splits), *_data(cfg, splits)]))
    for arch, tag in _clip_weights(cfg) if problems else ():
        if isinstance(arch, str) and not is_path(tag) and must_be_downloaded(arch, tag):
            problems.append(f"The weights '{tag}' of {arch} are not on this machine; they will be downloaded.")
    if len(problems) == 1:
        raise FileNotFoundError(problems[0])
    if problems:
        numbered = " ".join(f"({number}) {problem}" for number, problem in enumerate(problems, 1))
        raise FileNotFoundError(f"{len(problems)} things are missing: {numbered}")


def _check_classes(model: Mapping) -> None:
    """Refuse a head with another number of classes."""
    for key, value in flat(model, "model"):
        if key in ("model.head.num_classes", "model.module.head.num_classes") and value != len(CLASSES):
            raise ValueError(f"{key}={value!r} must be {len(CLASSES)}: the classes are {' and '.join(CLASSES)}, in this order.")


def _clip_weights(cfg: Config) -> list[tuple[str | dict | None, str]]:
    """``arch`` and ``pretrained`` of every part that has both; empty with ``load_from``, which contains all weights."""
    settings = dict(flat(cfg.model, "model"))
    parts = {key.rpartition(".")[0]: value for key, value in settings.items() if key.endswith(".pretrained")}
    named = {part: value for part, value in parts.items() if isinstance(value, str) and not cfg.get("load_from")}
    return [
        (settings.get(f"{part}.arch"), value)
        for part, value in named.items()
        if any(key.startswith(f"{part}.arch") for key in settings)
    ]


def _files(cfg: Config, splits: tuple[str, ...]) -> Iterator[str]:
    """Messages about missing weights and checkpoints."""
    for _, pretrained in _clip_weights(cfg):
        if is_path(pretrained) and not Path(pretrained).expanduser().is_file():
            try:
                read_weights(pretrained)
            except FileNotFoundError as error:
                yield str(error)
    for key, value in flat(cfg.model, "model") if "train_dataloader" in splits else ():
        names_file = key.endswith("init_cfg.checkpoint") or key == TEACHER
        is_local = names_file and isinstance(value, str) and "://" not in value
        if is_local and not Path(value).expanduser().is_file():
            yield f"There is no weight file '{value}', which {key} names: check the path."
    checkpoint = cfg.get("load_from")
    if isinstance(checkpoint, str) and "://" not in checkpoint:
        path = Path(checkpoint).expanduser()
        if path.is_dir():
            yield f"The checkpoint '{checkpoint}' is a folder: give a file in it{_files_in(path)}."
        elif not path.is_file():
            pattern = "no file matches this pattern" if any(mark in checkpoint for mark in "*?[") else "check the path"
            yield f"There is no checkpoint '{checkpoint}': {pattern}{_files_in(path.parent)}."
        elif path.suffix == ".py":
            yield f"'{checkpoint}' is a config, but a checkpoint is needed: give the config first, the checkpoint second."
        elif path.suffix in FORMATS:
            yield f"'{checkpoint}' is no checkpoint: give a .pth file{_files_in(path.parent)}."


def _files_in(folder: Path) -> str:
    """'; the checkpoints in work are a.pth, b.pth' with at most four names; '' if there is none."""
    names = sorted((path.name for path in folder.glob("*.pth")), key=str.lower) if folder.is_dir() else []
    return f"; checkpoints in '{short_path(folder)}': {first_few(names, 4)}" if names else ""


def _data(cfg: Config, splits: tuple[str, ...]) -> Iterator[str]:
    """Messages about missing files of each ``FASDataset``; val and test are often the same."""
    init_default_scope(cfg.get("default_scope", "mmpretrain"))
    seen = []
    for name in splits:
        dataset = (cfg.get(name) or {}).get("dataset")
        if not dataset or not is_fas(dataset):
            continue
        lists = {**dataset, "pipeline": []}
        if lists in seen:
            continue
        seen.append(lists)
        try:
            built = DATASETS.build({**lists})
        except FileNotFoundError as error:
            yield str(error)
            continue
        if name == "train_dataloader":
            check_samples(cfg.model, built.data_list)
