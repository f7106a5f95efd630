# SPDX-License-Identifier: Apache-2.0
"""Read a local CLIP weight file of any kind, without ever unpickling arbitrary objects, and load it into an open_clip model."""

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

from .checkpoint_names import RELEASE_ALIAS, RELEASE_HEADS, RELEASE_TOWERS, TOWERS, rename

OPENAI_JIT = "openai-jit"
# OpenAI's archives store these three integers beside the weights.
OPENAI_METADATA = {"input_resolution", "context_length", "vocab_size"}
NAMED = 4


class WeightFile(NamedTuple):
    """A weight file, recognised.

    Attributes:
        path: Where it is.
        kind: What it was recognised as, in words.
        state: Weights with open_clip's names, on the CPU; heads and projectors are left out.
        quick_gelu: Whether the weights were trained with QuickGELU; None where the file does not tell.
    """

    path: Path
    kind: str
    state: dict[str, Tensor]
    quick_gelu: bool | None


def read_weights(path: str | Path, weights_format: str | None = None) -> WeightFile:
    """Read and recognise a weight file: safetensors, or a pickle that ``weights_only`` accepts.

    Recognised by names: a checkpoint of flip_mm, the official FLIP release, OpenAI's or open_clip's CLIP, whole or the image
    tower alone, plain, below ``state_dict`` and with the ``module.`` prefix of data parallel training.

    Args:
        path: The file.
        weights_format: None, or ``'openai-jit'`` for OpenAI's TorchScript archive, which is a program.

    Returns:
        The weights.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no weight file, needs full unpickling, is a program and was not declared as one, or holds no
            tensors; or ``weights_format`` is unknown.
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
        return _recognise(path, _read_archive(path), certain="OpenAI's TorchScript archive")
    content = _read_plain(path)
    state = content.get("state_dict", content) if isinstance(content, dict) else None
    tensors = {k: v for k, v in state.items() if isinstance(v, Tensor)} if isinstance(state, dict) else {}
    if not tensors:
        raise ValueError(f"'{path}' holds no weights: expected a dict of name -> tensor, got {type(content).__name__}.")
    meta = content.get("meta")
    return _recognise(path, tensors, meta=meta if isinstance(meta, dict) else {})


def _read_plain(path: Path) -> object:
    """The content of a file that holds data alone."""
    if _is_torchscript(path):
        raise ValueError(
            f"'{path}' is a TorchScript archive, as OpenAI's own downloads are: a program, not a weight file. If you trust it, "
            f"set model.backbone.weights_format='{OPENAI_JIT}'. The same weights as plain tensors are "
            "open_clip_model.safetensors at https://huggingface.co/timm/vit_base_patch16_clip_224.openai (for ViT-B/16)."
        )
    with path.open("rb") as file:
        start = file.read(9)
    try:
        # A safetensors file begins with the length of a JSON object and its brace, whatever it is called.
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
    """The weights in a TorchScript archive; loading it may run what it brings along."""
    if not _is_torchscript(path):
        raise ValueError(
            f"'{path}' is no TorchScript archive, or a damaged one: leave model.backbone.weights_format out, or get the file "
            "anew."
        )
    try:
        return torch.jit.load(path, map_location="cpu").state_dict()
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(f"model.backbone.pretrained: the archive '{path}' could not be read: {reason}") from error


def _recognise(path: Path, tensors: dict[str, Tensor], certain: str | None = None, meta: dict | None = None) -> WeightFile:
    """Give the weights open_clip's names; ``certain`` is the kind where the reader knows it."""
    tensors = {name.removeprefix("module."): value for name, value in tensors.items()}
    if certain or tensors.keys() >= OPENAI_METADATA:
        state = {name: value for name, value in tensors.items() if name not in OPENAI_METADATA}
        return WeightFile(path, certain or "OpenAI's CLIP", state, True)
    if any(name.startswith("backbone.visual.") for name in tensors):
        state = {rename(k, TOWERS) or k: v for k, v in tensors.items() if not k.startswith("head.")}
        known = (meta or {}).get("quick_gelu")
        return WeightFile(path, "a checkpoint of flip_mm", state, known if isinstance(known, bool) else None)
    if any(name.startswith(("model.visual.", "backbone.vit.")) for name in tensors):
        heads = (*(pair[0] for pair in RELEASE_HEADS), RELEASE_ALIAS[0])
        state = {rename(k, RELEASE_TOWERS) or k: v for k, v in tensors.items() if not k.startswith(heads)}
        return WeightFile(path, "a checkpoint of the official FLIP release", state, True)
    return WeightFile(path, "a CLIP with open_clip's names", tensors, None)


def load_clip_weights(model: nn.Module, file: WeightFile, text: bool = True) -> None:
    """Load weights into a whole open_clip model.

    Position embeddings are interpolated to the model's image size and context length, as open_clip and timm do.

    Args:
        model: The model that ``open_clip.create_model`` returns, both towers.
        file: The weights, see :func:`read_weights`.
        text: Whether the text tower, ``logit_scale`` and a ViT's projection are needed; without, the file may lack them.

    Raises:
        ValueError: The file is of another architecture (shapes) or of another kind (names).
    """
    # In single precision, because half precision has no interpolation on the CPU.
    state = {k: v.float() if v.is_floating_point() else v for k, v in convert_state_dict(model, file.state).items()}
    own = model.state_dict()
    if "text.positional_embedding" in own:
        state = convert_to_custom_text_state_dict(state)
    for name in ("logit_scale", "logit_bias"):
        if name in state and name in own and state[name].numel() == 1:
            state[name] = state[name].reshape(own[name].shape)
    needed = own.keys() if text else {name for name in own if name.startswith("visual.")} - {"visual.proj"}
    missing, unexpected = sorted(needed - state.keys()), sorted(state.keys() - own.keys())
    if missing or unexpected:
        image_alone = text and not unexpected and not any(name.startswith("visual.") for name in missing)
        raise ValueError(
            f"'{file.path}' does not hold the weights of this architecture (model.backbone.arch).\n"
            f"  recognised as: {file.kind}\n"
            f"  missing ({len(missing)}): {_some(missing) or 'none'}\n"
            f"  not in the model ({len(unexpected)}): {_some(unexpected) or 'none'}\n"
            + (
                "It holds an image tower without a text tower: enough for FLIP-V (model.backbone.text=False) alone."
                if image_alone
                else "Set `arch` to the architecture that the file was made for."
            )
        )
    _resize_positions(state, model, file.path)
    wrong = [
        f"{k} (file {tuple(v.shape)}, model {tuple(own[k].shape)})" for k, v in sorted(state.items()) if v.shape != own[k].shape
    ]
    if wrong:
        raise ValueError(
            f"'{file.path}' has other shapes than this architecture (model.backbone.arch): {_some(wrong)}. "
            "Set `arch` to the architecture that the file was made for."
        )
    model.load_state_dict(state, strict=False)


def _resize_positions(state: dict[str, Tensor], model: nn.Module, path: Path) -> None:
    """Interpolate position embeddings where the file's grid or context differs from the model's."""
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


def _some(names: list[str]) -> str:
    """The first few names and how many more there are."""
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
