# SPDX-License-Identifier: Apache-2.0
"""Load a local CLIP weight file into an open_clip model, without ever unpickling arbitrary objects."""

from __future__ import annotations

from pathlib import Path

from open_clip.factory import convert_state_dict, resize_pos_embed, resize_text_pos_embed
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from flip_mm.compat import load_checkpoint_file

# OpenAI's files store these three integers beside the weights.
OPENAI_METADATA = ("input_resolution", "context_length", "vocab_size")
NAMED = 4


def read_state_dict(path: str | Path) -> dict[str, Tensor]:
    """Read the tensors of a weight file (``.safetensors``, or a pickle that ``weights_only`` accepts).

    Wrappers are removed: a ``state_dict`` level, and a ``module.`` prefix of data parallel training.

    Args:
        path: A file that holds a state dict with open_clip's or OpenAI's names.

    Returns:
        Parameter name -> tensor, on the CPU.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no weight file, needs full unpickling, or holds no tensors.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"model.backbone.pretrained: no weight file at '{path}'. Give the path of an open_clip or OpenAI CLIP "
            "state dict (.pt, .bin or .safetensors), or an open_clip tag such as 'openai' (downloaded), or None for "
            "random weights."
        )
    try:
        content = load_file(path) if path.suffix == ".safetensors" else load_checkpoint_file(path, "cpu")
    except (SafetensorError, RuntimeError) as error:
        if "TorchScript" in str(error):
            raise ValueError(
                f"'{path}' is a TorchScript archive, as OpenAI's own downloads are: a program, not a weight file. The same "
                "weights as plain tensors are open_clip_model.safetensors at "
                "https://huggingface.co/timm/vit_base_patch16_clip_224.openai (for ViT-B/16)."
            ) from error
        raise ValueError(f"model.backbone.pretrained: '{path}' could not be read as a plain weight file. {error}") from error
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    tensors = (
        {str(k).removeprefix("module."): v for k, v in content.items() if isinstance(v, Tensor)}
        if isinstance(content, dict)
        else {}
    )
    if not tensors:
        raise ValueError(f"'{path}' holds no weights: expected a dict of name -> tensor, got {type(content).__name__}.")
    return {k: v for k, v in tensors.items() if k not in OPENAI_METADATA}


def _some(names: list[str]) -> str:
    """The first few names and how many more there are."""
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def load_clip_weights(model: nn.Module, path: str | Path) -> None:
    """Load a state dict with open_clip's or OpenAI's names into a whole open_clip model.

    Position embeddings are interpolated to the model's image size and context length, as open_clip does.

    Args:
        model: The model that ``open_clip.create_model`` returns, both towers.
        path: The weight file, see :func:`read_state_dict`.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is unreadable, of another architecture (shapes) or of another kind (names).
    """
    state = convert_state_dict(model, read_state_dict(path))
    own = model.state_dict()
    for name in ("logit_scale", "logit_bias"):
        if name in state and name in own:
            state[name] = state[name].reshape(own[name].shape)
    missing, unexpected = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
    if missing or unexpected:
        raise ValueError(
            f"'{path}' does not hold the weights of this architecture (model.backbone.arch).\n"
            f"  missing ({len(missing)}): {_some(missing) or 'none'}\n"
            f"  not in the model ({len(unexpected)}): {_some(unexpected) or 'none'}\n"
            "Set `arch` to the architecture that the file was made for. Files of a whole training run (load_from, "
            "--resume) belong there, not in `pretrained`."
        )
    if hasattr(model.visual, "positional_embedding"):
        resize_pos_embed(state, model)
    resize_text_pos_embed(state, model)
    wrong = [f"{k} (file {tuple(state[k].shape)}, model {tuple(v.shape)})" for k, v in own.items() if state[k].shape != v.shape]
    if wrong:
        raise ValueError(
            f"'{path}' has other shapes than this architecture (model.backbone.arch): {_some(wrong)}. "
            "Set `arch` to the architecture that the file was made for."
        )
    model.load_state_dict(state)
