# SPDX-License-Identifier: Apache-2.0
"""Refuse settings of a config that mmengine would ignore."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner

from . import config_values
from .config_keys import check_keys

# Names that mmengine's runners read from the config in addition to their arguments.
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
# Read while a config is loaded, by `flip_mm run`, or by MMPretrain's tools/test.py.
PREVIOUS_STAGE = "previous_stage"
ELSEWHERE = frozenset({"by_target", "custom_imports", PREVIOUS_STAGE, "tta_model", "tta_pipeline"})
# Names this similar to a setting are misspelt; helpers in MMPretrain's and our configs are less similar.
CUTOFF = 0.8
TOGETHER = (
    ("train_cfg", "train_dataloader", "optim_wrapper"),
    ("val_cfg", "val_dataloader", "val_evaluator"),
    ("test_cfg", "test_dataloader", "test_evaluator"),
)


def check_config(cfg: Config) -> None:
    """Find top-level names that nothing reads.

    A name is a setting of the runner, or a helper. A helper must not look like a setting. In a file with ``_base_`` something
    must also use it: the file, or a file based on it, through ``_base_.name``. mmengine evaluates a base before its child, so
    setting ``data_root`` or ``run`` again in the child has no effect.

    Args:
        cfg: The config; if it was read from files, they are parsed again.

    Raises:
        ValueError: A name is misspelt or without effect, or settings that belong together are incomplete.
    """
    for name in cfg:
        if name not in SETTINGS | ELSEWHERE and did_you_mean(name, CUTOFF):
            raise ValueError(f"{cfg.filename or 'config'}: '{name}' is no setting of the runner{did_you_mean(name, CUTOFF)}")
    if cfg.filename and Path(cfg.filename).suffix == ".py":
        _check_files(Path(cfg.filename))
    check_keys(cfg)
    check_preprocessor(cfg)
    for group in TOGETHER:
        missing = [name for name in group if cfg.get(name) is None]
        if 0 < len(missing) < len(group):
            raise ValueError(
                f"{cfg.filename or 'config'}: {' and '.join(missing)} missing; set all of {', '.join(group)}, or none."
            )


def check_preprocessor(cfg: Config) -> None:
    """Refuse a top-level ``data_preprocessor`` that differs from that of the model: mmengine ignores it.

    Raises:
        ValueError: The message names the key that has an effect.
    """
    unused, model = cfg.get("data_preprocessor"), cfg.get("model")
    used = model.get("data_preprocessor") if isinstance(model, Mapping) else None
    if not (isinstance(unused, Mapping) and isinstance(used, Mapping)):
        return
    for key, value in unused.items():
        # MMPretrain's configs for several tasks name a type at the top level only.
        if value != used.get(key, value if key == "type" else None):
            raise ValueError(
                f"{cfg.filename or 'config'}: data_preprocessor.{key}={value!r} has no effect, because model.data_preprocessor "
                f"is set, too; set model.data_preprocessor.{key}."
            )


def did_you_mean(name: str, cutoff: float = 0.6) -> str:
    """Return ', did you mean model?' for a name like 'modle'; empty if no setting is similar."""
    return config_values.did_you_mean(name, SETTINGS, cutoff, most=1)


def _check_files(leaf: Path) -> None:
    """Find names without effect in a config and its bases."""
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
                    f"{did_you_mean(name)}, and neither this file nor a file based on it uses it. Files under _base_ already "
                    "used their own value: set the final place, e.g. train_dataloader.dataset.pipeline; choose the run by "
                    "--target and the folder by --data-root."
                )


def _parse(path: Path) -> dict[Path, ast.Module]:
    """Parse a config and its bases, without those in installed packages ('mmpretrain::...')."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError:  # mmengine's {{ }} outside of a string, which only mmengine can read
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
    """Top-level names and their values."""
    assignments = [node for node in tree.body if isinstance(node, ast.Assign)]
    return {t.id: node.value for node in assignments for t in node.targets if isinstance(t, ast.Name)}
