# SPDX-License-Identifier: Apache-2.0
"""Is everything there that a training or test reads? All that is missing is reported at once, before a model is built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS

from flip_mm.engine.run_guard_hook import SPLITS, check_thresholds, common_run, is_fas
from flip_mm.models.backbones.open_clip.build import is_path, must_be_downloaded
from flip_mm.models.backbones.open_clip.weights import read_weights
from flip_mm.utils.shipped import FORMATS


def check_inputs(cfg: Config, splits: tuple[str, ...] = tuple(SPLITS)) -> None:
    """Look for the run, the lists and images, CLIP's weights and the checkpoint of a config.

    Args:
        cfg: What ``load_config`` returned.
        splits: Dataloaders that will be used.

    Raises:
        FileNotFoundError: Something is missing; the message names all of it.
        ValueError: The dataloaders do not belong together, or a list has a wrong line.
    """
    run = common_run(cfg)
    check_thresholds(cfg, run)
    problems = list(dict.fromkeys([*_files(cfg), *_data(cfg, splits)]))
    backbone = cfg.model.get("backbone") or {}
    arch, tag = backbone.get("arch"), None if cfg.get("load_from") else backbone.get("pretrained")
    if problems and isinstance(arch, str) and isinstance(tag, str) and not is_path(tag) and must_be_downloaded(arch, tag):
        problems.append(f"The weights '{tag}' of {arch} are not on this machine either; they will be downloaded.")
    if len(problems) == 1:
        raise FileNotFoundError(problems[0])
    if problems:
        numbered = " ".join(f"({number}) {problem}" for number, problem in enumerate(problems, 1))
        raise FileNotFoundError(f"{len(problems)} things are missing: {numbered}")


def _files(cfg: Config) -> Iterator[str]:
    backbone = cfg.model.get("backbone") or {}
    pretrained = backbone.get("pretrained")
    # A checkpoint brings all weights, CLIP's own need not be at hand.
    needed = isinstance(pretrained, str) and is_path(pretrained) and not cfg.get("load_from")
    if needed and not Path(pretrained).expanduser().is_file():
        try:
            read_weights(pretrained)
        except FileNotFoundError as error:
            yield str(error)
    checkpoint = cfg.get("load_from")
    if isinstance(checkpoint, str) and "://" not in checkpoint:
        path = Path(checkpoint).expanduser()
        if path.is_dir():
            yield f"The checkpoint '{checkpoint}' is a folder: name a file in it."
        elif not path.is_file():
            pattern = "no file fits this pattern" if any(mark in checkpoint for mark in "*?[") else "check the path"
            yield f"There is no checkpoint '{checkpoint}': {pattern}."
        elif path.suffix in FORMATS:
            yield f"'{checkpoint}' is a config where a checkpoint is needed: the config comes first, the checkpoint second."


def _data(cfg: Config, splits: tuple[str, ...]) -> Iterator[str]:
    """What each data set of this package misses; val and test are mostly the same one."""
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
            DATASETS.build({**lists})
        except FileNotFoundError as error:
            yield str(error)
