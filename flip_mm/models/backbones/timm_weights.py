# SPDX-License-Identifier: Apache-2.0
"""Weights of timm's image towers: from a local file, or downloaded by tag; read without running code in them."""

from __future__ import annotations

import inspect
from pathlib import Path

import timm
from huggingface_hub import hf_hub_download
from torch import Tensor, nn

from flip_mm.utils.text import first_few

from .open_clip.build import check_reachable, is_path
from .open_clip.recognise import find_weights, without_wrappers
from .open_clip.weights import read_plain

# The file of timm's repositories on the Hugging Face hub.
FILE_NAME = "model.safetensors"
MAX_NAMES = 4


def load_timm_weights(tower: nn.Module, arch: str, pretrained: str) -> None:
    """Load weights into a tower of timm without a classifier; a classifier in the file is left out.

    Names of other programs and other image sizes are converted as timm does.

    Args:
        tower: From ``timm.create_model(arch, num_classes=0)``.
        arch: Name of the architecture.
        pretrained: A tag of timm (``'augreg_in21k_ft_in1k'``), or the path of a local file.

    Raises:
        FileNotFoundError: ``pretrained`` is a path, and the file does not exist.
        ConnectionError: The weights of a tag are neither cached nor downloadable.
        ValueError: The tag is unknown, or the file holds no weights, or those of another architecture.
    """
    path = Path(pretrained).expanduser() if is_path(pretrained) else _downloaded(arch, pretrained)
    if not path.is_file():
        raise FileNotFoundError(
            f"model.backbone.pretrained: no weight file at '{pretrained}'. Give the path of a weight file of {arch} (.pth, "
            f".safetensors), a tag of timm ({first_few(tags(arch), MAX_NAMES)}), or None for random weights."
        )
    tensors = {without_wrappers(name): value for name, value in find_weights(read_plain(path))[0].items()}
    state, own = _as_timm(tower, tensors, pretrained), tower.state_dict()
    reshaped = {name for name in own.keys() & state.keys() if own[name].shape != state[name].shape}
    wrong = sorted(own.keys() ^ state.keys() | reshaped)
    if wrong:
        raise ValueError(
            f"model.backbone.pretrained: '{pretrained}' does not hold the weights of {arch} ({len(wrong)} names or shapes "
            f"differ: {first_few(wrong, MAX_NAMES)}). Set model.backbone.arch to the architecture that the file was made for."
        )
    tower.load_state_dict(state)


def tags(arch: str) -> list[str]:
    """Return the tags of an architecture that has weights, sorted.

    Example:
        >>> tags("beit_base_patch16_224")
        ['in22k_ft_in22k', 'in22k_ft_in22k_in1k']
    """
    return sorted(name.partition(".")[2] for name in timm.list_models(f"{arch}.*", pretrained=True))


def _as_timm(tower: nn.Module, tensors: dict[str, Tensor], pretrained: str) -> dict[str, Tensor]:
    """Convert names and image size as timm does for this family, and leave out the classifier."""
    convert = getattr(inspect.getmodule(type(tower)), "checkpoint_filter_fn", None)
    try:
        state = convert(tensors, tower) if convert and tensors else tensors
    except Exception as error:  # weights of another architecture can raise anything here
        raise ValueError(
            f"model.backbone.pretrained: timm cannot convert '{pretrained}' ({type(error).__name__}: {error}). Set "
            "model.backbone.arch to the architecture that the file was made for."
        ) from error
    names = tower.pretrained_cfg["classifier"]
    classifiers = tuple(f"{name}." for name in ([names] if isinstance(names, str) else names))
    return {name: value for name, value in state.items() if not name.startswith(classifiers)}


def _downloaded(arch: str, tag: str) -> Path:
    """Return the cached file of a tag; download it first if needed."""
    if tag not in (known := tags(arch)):
        raise ValueError(
            f"model.backbone.pretrained='{tag}' is neither a file nor a tag of {arch}; its tags are "
            f"{', '.join(known) or 'none'}."
        )
    repository = timm.models.get_pretrained_cfg(f"{arch}.{tag}").hf_hub_id
    try:
        check_reachable(dict(hf_hub=f"{repository}/{FILE_NAME}"))
        return Path(hf_hub_download(repository, FILE_NAME))
    except (OSError, RuntimeError) as error:
        raise ConnectionError(
            f"The weights '{tag}' of {arch} are not on this machine and could not be downloaded. Download {FILE_NAME} from "
            f"https://huggingface.co/{repository} on a machine with a network, copy the file here and set "
            "model.backbone.pretrained to its path."
        ) from error
