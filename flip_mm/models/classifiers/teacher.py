# SPDX-License-Identifier: Apache-2.0
"""Load a trained FLIP as the teacher of a student."""

from __future__ import annotations

from typing import Any

from mmengine.config import Config
from mmpretrain.registry import MODELS

from flip_mm.compat.safe_loading import load_checkpoint_file
from flip_mm.utils.shipped import config_file
from flip_mm.utils.text import first_few

from .flip import FLIP

NAMED = 4


def load_teacher(config: str, checkpoint: str) -> tuple[FLIP, dict[str, Any]]:
    """Build a FLIP-IT or FLIP-MCL with the weights of its training, for predictions only.

    Args:
        config: Config of the teacher's training: a path, or the name of a shipped one.
        checkpoint: Path of a checkpoint of that training.

    Returns:
        The teacher in evaluation mode, without gradients, and the ``meta`` of the checkpoint.

    Raises:
        FileNotFoundError: The config or the checkpoint does not exist.
        RuntimeError: The file is damaged, or holds other objects than weights.
        ValueError: The config has no FLIP with a text tower, or the weights do not fit it.
    """
    model = Config.fromfile(config_file(config)).model
    content = load_checkpoint_file(checkpoint, "cpu")
    state = content.get("state_dict") if isinstance(content, dict) else None
    if not isinstance(state, dict):
        raise ValueError(f"model.teacher.checkpoint='{checkpoint}' contains no weights: give a checkpoint of a training.")
    if "class_embeddings" in state:
        raise ValueError(
            f"model.teacher.checkpoint='{checkpoint}' is a deployed model without its prompts: give the training's checkpoint."
        )
    # The checkpoint contains all weights.
    if (model.get("backbone") or {}).get("pretrained"):
        model.backbone.pretrained = None
    teacher = MODELS.build(model)
    if not isinstance(teacher, FLIP) or not teacher.with_head or not teacher.head.with_text:
        raise ValueError(
            f"model.teacher.config='{config}': {_described(teacher)} has no embeddings of prompts; take a FLIP-IT or FLIP-MCL."
        )
    if teacher.head.class_prompts.image_conditioned:
        raise ValueError(f"model.teacher.config='{config}': its prompts depend on the image, so a student cannot store them.")
    state = {name.removeprefix("module."): value for name, value in state.items()}
    expected = teacher.state_dict()
    shape = {name: tuple(getattr(value, "shape", ())) for name, value in state.items()}
    wrong = [name for name, value in expected.items() if shape.get(name) != tuple(value.shape)]
    wrong += [name for name in state if name not in expected]
    if wrong:
        raise ValueError(
            f"model.teacher.checkpoint='{checkpoint}' does not fit the model of '{config}': {len(wrong)} weights are missing, "
            f"unknown or have another shape, {first_few(wrong, NAMED)}. Set model.teacher.config to the config of its training."
        )
    teacher.load_state_dict(state)
    return teacher.eval().requires_grad_(False), content.get("meta") or {}


def _described(model: Any) -> str:
    head = getattr(model, "head", None)
    return f"a {type(model).__name__}" + (f" with {type(head).__name__}" if head is not None else "")
