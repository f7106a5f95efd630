# SPDX-License-Identifier: Apache-2.0
"""Build an open_clip model from an architecture and weights: a tag, a local file, or none."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import open_clip
from huggingface_hub import get_hf_file_metadata, hf_hub_url, try_to_load_from_cache
from mmengine.logging import print_log
from open_clip.constants import HF_SAFE_WEIGHTS_NAME, HF_WEIGHTS_NAME
from open_clip.factory import get_model_config
from open_clip.model import CustomTextCLIP
from open_clip.pretrained import get_pretrained_cfg
from torch import Tensor, nn

from .weights import WeightFile, load_clip_weights, read_weights

WEIGHT_FILES = (".pt", ".pth", ".tar", ".bin", ".safetensors", ".ckpt")
REQUIRED = {"embed_dim", "vision_cfg", "text_cfg"}
OPTIONAL = {"quick_gelu", "custom_text", "init_logit_scale", "init_logit_bias"}
# Settings of a text tower that need another tokenizer than CLIP's.
TOKENIZER = {"hf_model_name", "hf_tokenizer_name", "tokenizer_mode", "tokenizer_kwargs"}


def build_clip(
    arch: str | dict,
    pretrained: str | None = None,
    text: bool = True,
    image_size: int | None = None,
    quick_gelu: bool = False,
    weights_format: str | None = None,
) -> nn.Module:
    """Build an open_clip model with both towers and load its weights.

    Args:
        arch: Name of an architecture, or the architecture itself as a dict.
        pretrained: A tag, the path of a local file, or None.
        text: Whether a local file must hold the text tower.
        image_size: Side of the input in pixels; None uses the architecture's size.
        quick_gelu: Use QuickGELU even if ``arch`` does not set it.
        weights_format: See :func:`~flip_mm.models.backbones.open_clip.weights.read_weights`.

    Returns:
        ``open_clip.CLIP`` or ``CustomTextCLIP``.

    Raises:
        ValueError: The architecture is unknown, or the weights do not fit it or were trained with another activation.
        FileNotFoundError: ``pretrained`` is a path, and the file does not exist.
        ConnectionError: ``pretrained`` is a tag, and its weights are neither cached nor downloadable.
    """
    file = None
    if pretrained is not None and is_path(pretrained):
        file = read_weights(pretrained, weights_format)
    elif weights_format is not None:
        raise ValueError(
            f"model.backbone.weights_format={weights_format!r} applies to a local file, but pretrained={pretrained!r} "
            "is not one."
        )
    if isinstance(arch, dict):
        if pretrained is not None and file is None:
            raise ValueError(
                f"model.backbone.pretrained='{pretrained}': an architecture given as a dict has no downloadable "
                "weights; give the path of a local file or None."
            )
        clip = _build_from_dict(arch, image_size, quick_gelu)
    else:
        clip = _build_from_name(arch, None if file else pretrained, image_size, quick_gelu)
    if file:
        _check_activation(file, uses_quick_gelu(arch, quick_gelu))
        load_clip_weights(clip, file, text)
    return clip


def uses_quick_gelu(arch: str | dict, quick_gelu: bool) -> bool:
    """Return whether the towers use QuickGELU."""
    config = arch if isinstance(arch, dict) else get_model_config(arch)
    return bool(quick_gelu or config.get("quick_gelu", False))


def get_tokenizer(arch: str | dict, context_length: int) -> Callable[[list[str]], Tensor]:
    """Return the tokenizer that the weights were trained with.

    Raises:
        ConnectionError: It is on the Hugging Face hub and cannot be loaded.
    """
    if isinstance(arch, dict):
        return open_clip.SimpleTokenizer(context_length=context_length)
    try:
        return open_clip.get_tokenizer(arch, context_length=context_length)
    except (ImportError, OSError) as error:
        raise ConnectionError(
            f"model.backbone.arch='{arch}' uses a tokenizer of the Hugging Face hub, which could not be loaded ({error}). It "
            "needs `pip install transformers` and, for the first use, a network connection."
        ) from error


def get_normalization(
    arch: str | dict, pretrained: str | None
) -> tuple[tuple[float, ...], tuple[float, ...]] | tuple[None, None]:
    """Return the mean and standard deviation, RGB in 0..1, that the weights were trained with.

    A tag defines them. For other weights of a named architecture, the values that all its tags share are used, so that a test
    normalises like the training. If the tags differ (ViT-L-14), both are None. An architecture given as a dict uses OpenAI's
    values.
    """
    if isinstance(arch, dict):
        return open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD
    tags = open_clip.list_pretrained_tags_by_model(arch)
    configs = [get_pretrained_cfg(arch, tag) for tag in ([pretrained] if pretrained in tags else tags)]
    found = {(tuple(config["mean"]), tuple(config["std"])) for config in configs}
    if len(found) > 1:
        return None, None
    return found.pop() if found else (open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD)


def is_path(pretrained: str) -> bool:
    """Return whether ``pretrained`` is a path, not a tag."""
    return "/" in str(pretrained) or Path(pretrained).suffix in WEIGHT_FILES


def _check_activation(file: WeightFile, quick_gelu: bool) -> None:
    """Refuse a wrong activation, and warn if it is unknown: names and shapes of the weights do not depend on it."""
    if file.quick_gelu is None and not quick_gelu:
        print_log(
            f"The weights in '{file.path}' do not say which activation they were trained with, and GELU is used. "
            "OpenAI's weights and those fine-tuned from them need model.backbone.quick_gelu=True.",
            logger="current",
            level=logging.WARNING,
        )
    elif file.quick_gelu and not quick_gelu:
        raise ValueError(
            f"'{file.path}' is {file.kind}, trained with QuickGELU, and the towers use GELU: set "
            "model.backbone.quick_gelu=True."
        )
    elif file.quick_gelu is False and quick_gelu:
        raise ValueError(
            f"'{file.path}' is {file.kind}, trained with GELU, and the towers use QuickGELU: remove it from model.backbone "
            "(arch, quick_gelu)."
        )


def _build_from_dict(arch: dict[str, Any], image_size: int | None, quick_gelu: bool) -> nn.Module:
    if not arch.keys() >= REQUIRED or arch.keys() - REQUIRED - OPTIONAL:
        raise ValueError(
            f"model.backbone.arch has the keys {sorted(arch)}; expected embed_dim, vision_cfg, text_cfg and optionally "
            f"{', '.join(sorted(OPTIONAL))}."
        )
    if found := sorted(TOKENIZER & arch["text_cfg"].keys()):
        raise ValueError(
            f"model.backbone.arch.text_cfg has {', '.join(found)}: an architecture given as a dict uses CLIP's tokenizer. "
            "Register it with open_clip.add_model_config and set arch to its name."
        )
    config = {key: value for key, value in arch.items() if key != "custom_text"}
    vision = dict(arch["vision_cfg"], **({} if image_size is None else {"image_size": image_size}))
    config.update(vision_cfg=vision, text_cfg=dict(arch["text_cfg"]), quick_gelu=uses_quick_gelu(arch, quick_gelu))
    clip = (CustomTextCLIP if arch.get("custom_text") else open_clip.CLIP)(**config)
    # timm builds a tower for the size in its name and ignores vision_cfg.
    if "image_size" in vision and hasattr(getattr(clip.visual, "trunk", None), "set_input_size"):
        clip.visual.trunk.set_input_size(vision["image_size"])
    return clip


def _build_from_name(arch: str, tag: str | None, image_size: int | None, quick_gelu: bool) -> nn.Module:
    if get_model_config(arch) is None:
        raise ValueError(
            f"model.backbone.arch='{arch}' is not an architecture of open_clip {open_clip.__version__}. Choose one of "
            f"open_clip.list_models(), for example {', '.join(open_clip.list_models()[-6:])}."
        )
    if tag is not None:
        known = open_clip.list_pretrained_tags_by_model(arch)
        if tag not in known:
            raise ValueError(
                f"model.backbone.pretrained='{tag}' is neither a file nor a tag of {arch}; its tags are "
                f"{', '.join(known) or 'none'}."
            )
        if get_pretrained_cfg(arch, tag).get("quick_gelu") and not uses_quick_gelu(arch, quick_gelu):
            raise ValueError(
                f"The weights '{tag}' were trained with QuickGELU and model.backbone.arch='{arch}' uses GELU: set "
                "model.backbone.quick_gelu=True."
            )
    try:
        if tag is not None:
            check_reachable(get_pretrained_cfg(arch, tag))
        return open_clip.create_model(arch, pretrained=tag, force_image_size=image_size, force_quick_gelu=quick_gelu)
    except (OSError, RuntimeError) as error:
        if tag is None:
            raise
        source = get_pretrained_cfg(arch, tag)
        place = f"https://huggingface.co/{source['hf_hub'].rstrip('/')}" if source.get("hf_hub") else source.get("url")
        raise ConnectionError(
            f"The weights '{tag}' of {arch} are not on this machine and could not be downloaded. Download them from {place} "
            "on a machine with a network (open_clip_model.safetensors or open_clip_pytorch_model.bin), copy the file here and "
            "set model.backbone.pretrained to its path."
        ) from error


def must_be_downloaded(arch: str, tag: str) -> bool:
    """Return whether the weights of a tag are on the Hugging Face hub and not cached on this machine."""
    repo, names = _on_the_hub(get_pretrained_cfg(arch, tag) or {})
    return bool(repo) and not _is_cached(repo, names)


def _on_the_hub(source: dict) -> tuple[str, list[str]]:
    """Return the repository ('' for none) and the possible names of the weight file."""
    repo, _, name = source.get("hf_hub", "").rpartition("/")
    return repo, [name] if name else [HF_SAFE_WEIGHTS_NAME, HF_WEIGHTS_NAME]


def _is_cached(repo: str, names: list[str]) -> bool:
    return any(isinstance(try_to_load_from_cache(repo, name), str) for name in names)


def check_reachable(source: dict) -> None:
    """Contact the hub once if weights are not cached. A download without a network would retry for about a minute.

    Raises:
        ConnectionError: The hub cannot be reached. The download handles slow and refused answers.
    """
    repo, names = _on_the_hub(source)
    if not repo or _is_cached(repo, names):
        return
    try:
        get_hf_file_metadata(hf_hub_url(repo, names[0]))
    except Exception as error:  # the hub's client changed (requests, httpx), and each raises other types
        if type(error).__name__ in ("ConnectError", "ConnectionError"):
            raise ConnectionError(str(error)) from error
