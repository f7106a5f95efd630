# SPDX-License-Identifier: Apache-2.0
"""Refuse settings of a config that would have no effect, where mmengine would ignore them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner

from . import config_values
from .config_keys import check_keys

# What mmengine's runners read from the config besides their own arguments.
LATER = (
    "activation_checkpointing",
    "compile",
    "efficient_conv_bn_eval",
    "find_unused_parameters",
    "model_wrapper_cfg",
    "runner_type",
    "strategy",
    "sync_bn",
)
SETTINGS = frozenset({*inspect.signature(Runner).parameters, *LATER} - {"cfg"})
# Read while a config is loaded, or by MMPretrain's tools/test.py.
ELSEWHERE = frozenset({"custom_imports", "tta_model", "tta_pipeline"})
# Similar enough to a setting to be a slip; the helpers of MMPretrain's and the shipped configs stay below.
CUTOFF = 0.8
TOGETHER = (
    ("train_cfg", "train_dataloader", "optim_wrapper"),
    ("val_cfg", "val_dataloader", "val_evaluator"),
    ("test_cfg", "test_dataloader", "test_evaluator"),
)


def check_config(cfg: Config) -> None:
    """Find top-level names that nothing reads.

    A name is a setting of the runner, or a helper. A helper must not look like a setting; in a file with ``_base_`` it must
    also be read, by that file or through ``_base_.name`` by one that builds on it: a base is complete when its child is read,
    so setting ``data_root`` or ``run`` again in the child changes nothing.

    Args:
        cfg: The config; its files are read once more if it came from any.

    Raises:
        ValueError: A name is misspelt or without effect, or settings that belong together are incomplete.
    """
    for name in cfg:
        if name not in SETTINGS | ELSEWHERE and did_you_mean(name, CUTOFF):
            raise ValueError(f"{cfg.filename or 'config'}: '{name}' is no setting of the runner{did_you_mean(name, CUTOFF)}")
    if cfg.filename and Path(cfg.filename).suffix == ".py":
        _check_files(Path(cfg.filename))
    check_keys(cfg)
    for group in TOGETHER:
        missing = [name for name in group if cfg.get(name) is None]
        if 0 < len(missing) < len(group):
            raise ValueError(
                f"{cfg.filename or 'config'}: {' and '.join(missing)} missing; {', '.join(group)} go together, all or none."
            )


def did_you_mean(name: str, cutoff: float = 0.6) -> str:
    """', did you mean model?' for a name like 'modle'; empty if no setting is like it."""
    return config_values.did_you_mean(name, SETTINGS, cutoff, most=1)


def _check_files(leaf: Path) -> None:
    """Find names without effect in a config and the files that it builds on."""
    trees = _parse(leaf)
    inherited = {
        node.attr
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "_base_"
    }
    for path, tree in trees.items():
        assigned = _assigned(tree)
        read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)}
        if "_base_" not in assigned:
            continue
        for name in assigned.keys() - SETTINGS - ELSEWHERE - read - inherited:
            if not name.startswith("_"):
                raise ValueError(
                    f"{path}, line {assigned[name].lineno}: '{name}' has no effect. It is no setting of the runner"
                    f"{did_you_mean(name)}, and neither this file reads it nor one that builds on it. What a file under _base_ "
                    "made of its own value stays: set the final place, e.g. train_dataloader.dataset.pipeline; the run is "
                    "chosen by --target, the folder by --data-root."
                )


def _parse(path: Path) -> dict[Path, ast.Module]:
    """A config and its bases as syntax trees; without those in installed packages ('mmpretrain::...')."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError:  # mmengine's {{ }} outside of a string; what it means is known to mmengine alone
        return {}
    trees = {path: tree}
    try:
        bases = ast.literal_eval(_assigned(tree)["_base_"])
    except (KeyError, ValueError):
        return trees
    for base in [bases] if isinstance(bases, str) else bases:
        if (path.parent / base).is_file():
            trees |= _parse(path.parent / base)
    return trees


def _assigned(tree: ast.Module) -> Mapping[str, ast.expr]:
    """Top-level names and what they are set to."""
    assignments = [node for node in tree.body if isinstance(node, ast.Assign)]
    return {t.id: node.value for node in assignments for t in node.targets if isinstance(t, ast.Name)}
