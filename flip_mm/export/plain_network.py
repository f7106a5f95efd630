# SPDX-License-Identifier: Apache-2.0
"""Turn a trained model into a plain network: its architecture as data, and weights with the names of that network."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from mmpretrain.models import GlobalAveragePooling, ImageClassifier, LinearClsHead, ResNet
from open_clip.factory import get_model_config
from torch import Tensor, nn

from flip_mm.inference.torch_runtime import load_weights
from flip_mm.labels import CLASSES
from flip_mm.models import FLIP, FLIPITHead, FLIPVHead, OpenCLIP, SmallCNN
from flip_mm.networks.build import build_network

from .any_network import AnyNetwork


class NoPlainNetworkError(ValueError):
    """There is no plain network for a kind of model, which can be written as a graph only."""


class PlainNetwork(NamedTuple):
    """A network without mmengine.

    Attributes:
        network: Returns logits (N, 2) and similarities (N, P) or None.
        architecture: See :func:`~flip_mm.networks.build.build_network`.
        prompts: Class -> sentences of the similarities; empty without.
        size: Height and width of the input; None if any size fits.
    """

    network: nn.Module
    architecture: dict[str, Any]
    prompts: dict[str, list[str]]
    size: tuple[int, int] | None


def plain_network(model: nn.Module) -> PlainNetwork:
    """Build the plain network of a model.

    Args:
        model: A trained model in evaluation mode.

    Raises:
        NoPlainNetworkError: There is none for this kind of model.
    """
    if isinstance(model, FLIP) and isinstance(model.backbone, (OpenCLIP, SmallCNN)) and model.with_head:
        return _of_flip(model)
    if isinstance(model, ImageClassifier) and isinstance(model.backbone, ResNet):
        return _of_resnet(model)
    kind = f"{type(model).__name__} with {type(model.backbone).__name__}"
    raise NoPlainNetworkError(
        f"{kind} cannot be written as .safetensors, which takes FLIP with OpenCLIP or SmallCNN and ImageClassifier with "
        "ResNet: write .onnx, which takes any model."
    )


def network_for(model: nn.Module, suffix: str) -> PlainNetwork:
    """Return the plain network of a model, or for ``.onnx``, if there is none, the model itself.

    Raises:
        NoPlainNetworkError: The file needs a plain network.
    """
    try:
        return plain_network(model)
    except NoPlainNetworkError:
        if suffix == ".safetensors":
            raise
        return PlainNetwork(AnyNetwork(model), {}, {}, None)


@torch.no_grad()
def _of_flip(model: FLIP) -> PlainNetwork:
    backbone, head = model.backbone, model.head
    weights = {f"tower.{name}": value for name, value in backbone.visual.state_dict().items()}
    projection = getattr(backbone, "visual_projection", None) if head.image_input == "embeddings" else None
    if projection is not None:
        weights["projection"] = projection
    if isinstance(head, FLIPITHead):
        prompts, head_spec, head_weights = _cosine_head(model)
    elif isinstance(head, FLIPVHead):
        prompts, head_spec, head_weights = {}, *_mlp_head(head)
    else:
        raise NoPlainNetworkError(
            f"The head {type(head).__name__} cannot be written as .safetensors: write .onnx, which takes any model."
        )
    architecture = dict(
        **_tower(backbone),
        projection=None if projection is None else list(projection.shape),
        head=head_spec,
    )
    weights.update({f"head.{name}": value for name, value in head_weights.items()})
    return PlainNetwork(_loaded(architecture, weights), architecture, prompts, tuple(backbone.image_size))


def _tower(backbone: OpenCLIP | SmallCNN) -> dict[str, Any]:
    if isinstance(backbone, SmallCNN):
        return dict(network="small_cnn", channels=list(backbone.channels))
    arch = backbone.arch if isinstance(backbone.arch, dict) else get_model_config(backbone.arch)
    height, width = backbone.image_size
    vision = {**arch["vision_cfg"], "image_size": height if height == width else [height, width]}
    return dict(network="open_clip", embed_dim=backbone.embed_dims, vision_cfg=vision, quick_gelu=backbone.quick_gelu)


def _cosine_head(model: FLIP) -> tuple[dict[str, list[str]], dict[str, Any], dict[str, Tensor]]:
    head = model.head
    if not model.deployed and head.class_prompts.image_conditioned:
        raise NoPlainNetworkError(
            f"{type(head.class_prompts).__name__} depends on the image and cannot be written as .safetensors: write .onnx."
        )
    text, log_scale = model.encode_prompts()
    scale = log_scale.float().exp()
    if head.max_logit_scale is not None:
        scale = scale.clamp(max=head.max_logit_scale)
    classes, prompts = head.class_embeddings(text.float()), {}
    if model.deployed:
        sentences = text.new_empty(0, text.shape[-1])
    else:
        sentences = F.normalize(text.float(), dim=-1)
        spoof = head.class_prompts.counts[0]
        prompts = dict(zip(CLASSES, (head.prompts[:spoof], head.prompts[spoof:]), strict=True))
    weights = dict(class_embeddings=classes, prompt_embeddings=sentences, logit_scale=scale)
    return prompts, dict(kind="cosine", embed_dims=text.shape[-1], prompts=len(sentences)), weights


def _mlp_head(head: FLIPVHead) -> tuple[dict[str, Any], dict[str, Tensor]]:
    weights = {name: value.clone() for name, value in head.state_dict().items() if name.startswith(("fc.", "classifier."))}
    if head.norm:
        weights["classifier.weight"] = F.normalize(weights["classifier.weight"], dim=0)
    spec = dict(kind="mlp", in_channels=head.fc.in_features, hidden_channels=head.fc.out_features, norm=head.norm)
    return spec, weights


def _of_resnet(model: ImageClassifier) -> PlainNetwork:
    backbone, head = model.backbone, model.head
    fits = isinstance(model.neck, GlobalAveragePooling) and isinstance(head, LinearClsHead) and head.num_classes == 2
    # torchvision has one width.
    if not fits or type(backbone) is not ResNet or backbone.conv1.out_channels != 64 or backbone.base_channels != 64:
        raise NoPlainNetworkError(
            f"{type(backbone).__name__} with {type(model.neck).__name__} and {type(head).__name__} cannot be written as "
            ".safetensors: write .onnx, which takes any model."
        )
    architecture = dict(network="resnet", depth=backbone.depth)
    weights = {f"tower.{name}": value for name, value in backbone.state_dict().items()}
    weights.update({f"head.{name}": value for name, value in head.state_dict().items() if name.startswith("fc.")})
    return PlainNetwork(_loaded(architecture, weights), architecture, {}, None)


def _loaded(architecture: dict[str, Any], weights: dict[str, Tensor]) -> nn.Module:
    return load_weights(build_network(architecture), {name: value.detach().cpu() for name, value in weights.items()})
