# SPDX-License-Identifier: Apache-2.0
"""Read a local CLIP weight file without unpickling arbitrary objects, and load it into an open_clip model."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import NamedTuple

import torch
from open_clip.factory import (
    convert_state_dict,
    convert_to_custom_text_state_dict,
    resize_pos_embed,
    resize_text_pos_embed,
)
from safetensors import SafetensorError
from safetensors.torch import load_file
from timm.layers import resample_abs_pos_embed
from torch import Tensor, nn

from flip_mm.compat import load_checkpoint_file
from flip_mm.utils.text import first_few

from .recognise import AVERAGES, OPENAI_METADATA, find_weights, recognise

OPENAI_JIT = "openai-jit"
POSITIONS = ("positional_embedding", "pos_embed")
MAX_NAMES = 4


class WeightFile(NamedTuple):
    """The weights of a recognised file.

    Attributes:
        path: The file.
        kind: Description of the kind, for messages.
        state: Weights with open_clip's names, on the CPU; heads and projectors are left out.
        quick_gelu: Whether the weights were trained with QuickGELU; None if unknown.
    """

    path: Path
    kind: str
    state: dict[str, Tensor]
    quick_gelu: bool | None


def read_weights(path: str | Path, weights_format: str | None = None) -> WeightFile:
    """Read and recognise a weight file: safetensors, or a pickle that ``weights_only`` accepts.

    Recognised by names: a checkpoint of flip_mm, the official FLIP release, and CLIP of OpenAI, open_clip or transformers,
    with both towers or only the image tower. The weights may be below ``state_dict``, ``model`` or a similar key, and may have
    the prefix of any attribute.

    Args:
        path: The file.
        weights_format: None, or ``'openai-jit'`` for OpenAI's TorchScript archive, which can execute code.

    Returns:
        The weights.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file is no weight file, needs full unpickling, is a TorchScript archive without ``'openai-jit'``, or
            holds no tensors; or ``weights_format`` is unknown.
    """
    path = Path(path).expanduser()
    if weights_format not in (None, OPENAI_JIT):
        raise ValueError(f"model.backbone.weights_format must be None or '{OPENAI_JIT}', got {weights_format!r}.")
    if not path.is_file():
        raise FileNotFoundError(
            f"model.backbone.pretrained: no weight file at '{path}'{', a folder' if path.is_dir() else ''}. Give the path "
            "of a weight file of open_clip, OpenAI's CLIP, FLIP or flip_mm (.pt, .pth, .pth.tar, .bin, .safetensors), or an "
            "open_clip tag such as 'openai' (downloaded), or None for random weights."
        )
    if weights_format == OPENAI_JIT:
        state = _read_archive(path)
        return WeightFile(path, "OpenAI's TorchScript archive", {k: state[k] for k in state.keys() - OPENAI_METADATA}, True)
    content = read_plain(path)
    tensors, level, extras = find_weights(content)
    if not tensors:
        raise ValueError(f"'{path}' holds no weights: expected a dict of name -> tensor, got {_described(content)}.")
    try:
        found = recognise(tensors, extras)
    except ValueError as error:
        raise ValueError(f"model.backbone.pretrained: '{path}' was not loaded: {error}") from error
    return WeightFile(path, found.kind + (f", the average in '{level}'" if level in AVERAGES else ""), *found[1:])


def _described(content: object) -> str:
    """Describe the type, and for a dict the keys."""
    if isinstance(content, dict) and content:
        return f"a dict of {first_few([str(key) for key in content], MAX_NAMES)}"
    return type(content).__name__


def read_plain(path: Path) -> object:
    """Return the content of a file that holds only data: safetensors, or a pickle that ``weights_only`` accepts.

    Raises:
        ValueError: The file is damaged, holds code, or is a TorchScript archive.
    """
    if _is_torchscript(path):
        raise ValueError(
            f"'{path}' is a TorchScript archive, like OpenAI's downloads: loading it can execute code. If you trust it, "
            f"set model.backbone.weights_format='{OPENAI_JIT}'. The same weights as plain tensors are "
            "open_clip_model.safetensors at https://huggingface.co/timm/vit_base_patch16_clip_224.openai (for ViT-B/16)."
        )
    with path.open("rb") as file:
        start = file.read(9)
    try:
        # A safetensors file begins with the length of a JSON object and its brace. Its name may have any ending.
        is_safetensors = path.suffix == ".safetensors" or start[8:] == b"{"
        return load_file(path) if is_safetensors else load_checkpoint_file(path, "cpu")
    except (SafetensorError, RuntimeError) as error:
        raise ValueError(f"model.backbone.pretrained: '{path}' could not be read as a plain weight file. {error}") from error


def _is_torchscript(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def _read_archive(path: Path) -> dict[str, Tensor]:
    """Return the weights of a TorchScript archive. Loading it can execute code in the archive."""
    if not _is_torchscript(path):
        raise ValueError(
            f"'{path}' is no TorchScript archive, or a damaged one: remove model.backbone.weights_format, or download the file "
            "again."
        )
    try:
        return torch.jit.load(path, map_location="cpu").state_dict()
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(f"model.backbone.pretrained: the archive '{path}' could not be read: {reason}") from error


def load_clip_weights(model: nn.Module, file: WeightFile, text: bool = True) -> None:
    """Load weights into an open_clip model with both towers.

    Position embeddings are interpolated to the model's image size and context length, as open_clip and timm do.

    Args:
        model: The model that ``open_clip.create_model`` returns.
        file: The weights, see :func:`read_weights`.
        text: Whether the text tower, ``logit_scale`` and a ViT's projection are needed. If not, the file may lack them.

    Raises:
        ValueError: The weights have other names or shapes than the architecture, or are quantised.
    """
    state = dict(convert_state_dict(model, file.state))
    weights = model.state_dict()
    if "text.positional_embedding" in weights:
        state = convert_to_custom_text_state_dict(state)
    for name in ("logit_scale", "logit_bias"):
        if name in state and name in weights and state[name].numel() == 1:
            state[name] = state[name].reshape(weights[name].shape)
    needed = weights.keys() if text else {name for name in weights if name.startswith("visual.")} - {"visual.proj"}
    missing, unexpected = sorted(needed - state.keys()), sorted(state.keys() - weights.keys())
    if missing or unexpected:
        tower = {name for name in missing if name.startswith("visual.")} - {"visual.proj"}
        image_alone = text and not unexpected and not tower
        raise ValueError(
            f"'{file.path}' does not hold the weights of this architecture (model.backbone.arch).\n"
            f"  recognised as: {file.kind}\n"
            f"  missing ({len(missing)}): {first_few(missing, MAX_NAMES) or 'none'}\n"
            f"  not in the model ({len(unexpected)}): {first_few(unexpected, MAX_NAMES) or 'none'}\n"
            + (
                "It holds an image tower without a text tower: this works only for FLIP-V (model.backbone.text=False)."
                if image_alone
                else "Set `arch` to the architecture that the file was made for."
            )
        )
    # The CPU cannot interpolate half precision. Copying converts the other weights.
    state |= {name: value.float() for name, value in state.items() if name.endswith(POSITIONS)}
    _resize_positions(state, model, file.path)
    wrong = [
        f"{k} (file {tuple(v.shape)}, model {tuple(weights[k].shape)})"
        for k, v in sorted(state.items())
        if v.shape != weights[k].shape
    ]
    if wrong:
        raise ValueError(
            f"'{file.path}' has other shapes than this architecture (model.backbone.arch): {first_few(wrong, MAX_NAMES)}. "
            "Set `arch` to the architecture that the file was made for."
        )
    kinds = [f"{k} ({v.dtype})" for k, v in sorted(state.items()) if v.is_floating_point() != weights[k].is_floating_point()]
    if kinds:
        raise ValueError(f"'{file.path}' holds quantised weights: {first_few(kinds, MAX_NAMES)}. Save them in floating point.")
    model.load_state_dict(state, strict=False)


def _resize_positions(state: dict[str, Tensor], model: nn.Module, path: Path) -> None:
    """Interpolate position embeddings if the grid or context of the file differs from that of the model."""
    timm_name = "visual.trunk.pos_embed"
    trunk = getattr(model.visual, "trunk", None)
    grid = getattr(getattr(trunk, "patch_embed", None), "grid_size", None)
    try:
        resize_pos_embed(state, model)
        resize_text_pos_embed(state, model)
        if timm_name in state and grid and state[timm_name].shape[1:2] != trunk.pos_embed.shape[1:2]:
            prefix = 0 if getattr(trunk, "no_embed_class", False) else trunk.num_prefix_tokens
            state[timm_name] = resample_abs_pos_embed(state[timm_name], list(grid), num_prefix_tokens=prefix)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f"The position embeddings in '{path}' have other shapes than this architecture (model.backbone.arch) and cannot "
            f"be interpolated ({type(error).__name__}). Set `arch` to the architecture that the file was made for."
        ) from error
