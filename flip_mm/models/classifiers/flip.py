# SPDX-License-Identifier: Apache-2.0
"""The classifier FLIP: computes losses or predictions from images and prompts."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from flip_mm.models.backbones.base import VisionLanguageBackbone
from flip_mm.models.freezing import freeze
from flip_mm.models.heads.base import FLIPHead
from flip_mm.models.prompts.build import build_prompts


@MODELS.register_module()
class FLIP(ImageClassifier):
    """Language-guided face anti-spoofing (FLIP, ICCV 2023, https://arxiv.org/abs/2309.16649).

    Each step runs the image tower and the text tower once and passes the embeddings to the head. ``loss``, ``predict`` and
    ``extract_feat`` have MMPretrain's interface, so its metrics, visualisers and inferencers work. ``backbone.pretrained``
    loads CLIP's weights; ``load_from`` of the runner loads a trained FLIP.

    Args:
        backbone: A :class:`~flip_mm.models.VisionLanguageBackbone`, for instance :class:`~flip_mm.models.OpenCLIP`.
        head: ``FLIPVHead``, ``FLIPITHead``, ``FLIPMCLHead`` or ``LinearProbeHead``; the backbone sets its ``in_channels``.
            None, as in ``get_model(..., head=None)``, gives a model for ``extract_feat`` only.
        data_preprocessor: See :class:`~flip_mm.models.FASDataPreprocessor`; ``mean='backbone', std='backbone'`` uses
            the normalisation of the backbone.
        train_cfg: MMPretrain's batch augmentations; must be None.
        init_cfg: mmengine's.
        frozen: Names of modules and parameters that are not trained, for instance ``["backbone.text_tower"]``, see
            :func:`~flip_mm.models.freezing.freeze`. These modules stay in evaluation mode: BatchNorm keeps its
            statistics, dropout is off. The optimizer needs ``constructor="TrainableOptimWrapperConstructor"``.
        deploy: Build only what a prediction needs: the two class embeddings instead of the text tower, no projector. For
            weights that ``tools/model_converters/deploy.py`` wrote.

    Raises:
        ValueError: The head needs a text tower and the backbone has none, or the reverse; a prompt is longer than the
            backbone's context; ``frozen`` has an unknown name, or freezes all parameters.
    """

    # Whether the losses may compare the model with a teacher.
    has_teacher = False

    def __init__(
        self,
        backbone: dict,
        head: dict | None,
        data_preprocessor: dict | None = None,
        train_cfg: dict | None = None,
        init_cfg: dict | None = None,
        deploy: bool = False,
        frozen: Sequence[str] | None = None,
    ) -> None:
        backbone: nn.Module = MODELS.build(backbone)
        if not isinstance(backbone, VisionLanguageBackbone):
            raise ValueError(
                f"model.backbone.type={type(backbone).__name__!r} is no vision-language backbone: use OpenCLIP or another "
                "subclass of VisionLanguageBackbone."
            )
        head: nn.Module | None = None if head is None else MODELS.build(_with_in_channels(head, backbone))
        if head is not None and head.with_text != backbone.with_text:
            raise ValueError(
                f"{type(head).__name__} {'needs' if head.with_text else 'does not use'} the text tower: set "
                f"model.backbone.text={head.with_text}."
            )
        if head is not None and not self.has_teacher:
            _refuse_distillation(head)
        preprocessor = {"type": "FASDataPreprocessor", **(data_preprocessor or {})}
        if preprocessor.get("mean") == preprocessor.get("std") == "backbone":
            preprocessor.update(mean=backbone.image_mean, std=backbone.image_std)
        super().__init__(
            backbone,
            head=head,
            train_cfg=train_cfg,
            data_preprocessor=preprocessor,
            init_cfg=init_cfg,
        )
        if self.with_head and head.with_text:
            self._bind_prompts()
        self.frozen = frozen or []
        self.frozen_modules = freeze(self, self.frozen)
        self.deployed = False
        if deploy:
            self.switch_to_deploy()

    def _bind_prompts(self) -> None:
        """Prepare the prompts for the backbone."""
        self.head.class_prompts.bind(self.backbone)

    def set_prompts(self, prompts: Mapping[str, Any]) -> None:
        """Replace the prompts of both classes.

        Args:
            prompts: ``dict(real=[...], spoof=[...])``, or the config of a prompt component, as for the head.

        Raises:
            RuntimeError: The model has no text tower (FLIP-V, or deployed).
            ValueError: The prompts lack a class, one is longer than the context, or the head does not support them.
        """
        if not self.with_head or not self.head.with_text or self.deployed:
            raise RuntimeError("Prompts cannot be replaced without a text tower; load the training's checkpoint.")
        new = build_prompts(prompts)
        new.bind(self.backbone)
        self.head.use_prompts(new.to(self.backbone.logit_scale.device).train(self.head.training))

    def switch_to_deploy(self) -> None:
        """Replace the text tower by the class embeddings (2, d_vl) and delete the parts that only training uses.

        Raises:
            ValueError: The model has no head, or its prompts depend on the image.
        """
        self._check_head()
        if self.deployed:
            return
        classes = None
        if self.head.with_text and not self.head.class_prompts.image_conditioned:
            with torch.no_grad():
                classes = self.head.class_embeddings(self.encode_prompts()[0]).clone()
        self.head.switch_to_deploy()
        if classes is not None:
            self.register_buffer("class_embeddings", classes)
            self.backbone.drop_text_tower()
        self.frozen_modules = []
        self.deployed = True
        self.eval()

    def train(self, mode: bool = True) -> FLIP:
        """Set the mode. Frozen modules stay in evaluation mode."""
        super().train(mode)
        for name in self.frozen_modules:
            self.get_submodule(name).eval()
        return self

    def encode_prompts(self, image: Tensor | None = None) -> tuple[Tensor | None, Tensor | None]:
        """Return the prompt embeddings, not normalised, and logit_scale (1,); None for both if the head uses no text.

        Args:
            image: (N, d) embeddings that the head classifies, for prompts that depend on the image.

        Returns:
            (P, d_vl), or (N, P, d_vl) for prompts that depend on the image; for a deployed model, (2, d_vl) class embeddings.
        """
        if not self.head.with_text:
            return None, None
        if self.deployed:
            return self.class_embeddings, self.backbone.logit_scale
        return self.head.class_prompts.encode(self.backbone, image), self.backbone.logit_scale

    def encode_images(self, images: Tensor) -> Tensor:
        """Return the input of the head (N, d): features for FLIP-V, embeddings for FLIP-IT and FLIP-MCL.

        Without a head: embeddings, or features if the backbone has no embeddings.
        """
        features, embeddings = self.backbone.encode_image(images)
        takes_features = self.head.image_input == "features" if self.with_head else embeddings is None
        return features if takes_features else embeddings

    def extract_feat(self, inputs: Tensor, stage: str = "neck") -> tuple[Tensor] | Tensor:
        """Return features, as in MMPretrain.

        Args:
            inputs: (N, 3, H, W), normalised.
            stage: ``'backbone'``: features before the projection; ``'neck'``: the input of the head; ``'pre_logits'``: the
                features that the head computes the logits from.

        Returns:
            A tuple with one (N, d) tensor; for ``'pre_logits'``, the tensor.

        Raises:
            ValueError: The stage is unknown, or ``'pre_logits'`` without a head.
        """
        if stage == "backbone":
            return (self.backbone.encode_image(inputs)[0],)
        if stage not in ("neck", "pre_logits"):
            raise ValueError(f"stage must be 'backbone', 'neck' or 'pre_logits', got {stage!r}.")
        if stage == "pre_logits":
            self._check_head()
        image = self.encode_images(inputs)
        return (image,) if stage == "neck" else self.head.pre_logits(image)

    def forward(self, inputs: Any, data_samples: list[DataSample] | None = None, mode: str = "tensor") -> Any:
        """Run one of MMPretrain's modes. ``'tensor'`` returns logits (N, 2), or a tuple of features (N, d) without a head."""
        if mode == "tensor":
            if not self.with_head:
                return self.extract_feat(inputs)
            image = self.encode_images(inputs)
            return self.head(image, *self.encode_prompts(image))
        return super().forward(inputs, data_samples, mode)

    def loss(
        self,
        inputs: Tensor | Sequence[Tensor],
        data_samples: list[DataSample],
        prompt_views: tuple[Tensor, Tensor] | None = None,
    ) -> dict[str, Tensor]:
        """Compute the losses of a training batch, with one call of the image tower for all views of the same size.

        Args:
            inputs: (N, 3, H, W) or a list of views of that shape (FLIP-MCL: I, V1, V2), normalised. Views may have different
                sizes if the backbone takes them.
            data_samples: N samples with ``gt_label``.
            prompt_views: Fixed prompt views for FLIP-MCL, see :meth:`FLIPHead.loss`.

        Returns:
            Loss terms by name.

        Raises:
            RuntimeError: The model is deployed.
            ValueError: There are fewer views than the head needs (further views are ignored), or the model has no head.
        """
        views = self._training_views(inputs)
        images = self._encode_views(views)
        options = {} if prompt_views is None else {"prompt_views": prompt_views}
        return self.head.loss(images, *self.encode_prompts(images[0]), data_samples, **options)

    def _training_views(self, inputs: Tensor | Sequence[Tensor]) -> list[Tensor]:
        """Return the views that the losses need, after the checks that :meth:`loss` documents."""
        self._check_head()
        if self.deployed:
            raise RuntimeError("A deployed model cannot be trained: load the training's checkpoint.")
        views = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        if len(views) < self.head.num_views:
            raise ValueError(
                f"model.head: the losses of {type(self.head).__name__} ({', '.join(self.head.losses)}) need "
                f"{self.head.num_views} views of every image, the data gives {len(views)}: use one of "
                "configs/_base_/datasets/*_multiview.py for train_dataloader."
            )
        return views[: self.head.num_views]

    def _encode_views(self, views: list[Tensor]) -> Tensor:
        """Return the input of the head for V views, (V, N, d); one call of the image tower for all views of the same size."""
        encoded: dict[int, Tensor] = {}
        for size in dict.fromkeys(view.shape for view in views):
            numbers = [number for number, view in enumerate(views) if view.shape == size]
            outputs = self.encode_images(torch.cat([views[number] for number in numbers]))
            encoded.update(zip(numbers, outputs.chunk(len(numbers)), strict=True))
        return torch.stack([encoded[number] for number in range(len(views))])

    def predict(self, inputs: Tensor, data_samples: list[DataSample] | None = None) -> list[DataSample]:
        """Predict a batch.

        Args:
            inputs: (N, 3, H, W), normalised.
            data_samples: N samples to fill; None for new ones.

        Returns:
            Samples with ``pred_score`` (2,), probabilities of (spoof, real), and ``pred_label`` (1,).

        Raises:
            ValueError: ``inputs`` is a list of views, or the model has no head.
        """
        self._check_head()
        if not isinstance(inputs, Tensor):
            raise ValueError("A test takes one view of every image: use a test pipeline without MultiView.")
        image = self.encode_images(inputs)
        return self.head.predict(image, *self.encode_prompts(image), data_samples)

    def _check_head(self) -> None:
        """Raise a ValueError if there is no head."""
        if not self.with_head:
            raise ValueError("This FLIP was built with head=None, for features only: build it with the head of its config.")


def _refuse_distillation(head: FLIPHead) -> None:
    """Refuse a loss that needs a teacher."""
    for name, term in head.losses.items():
        if getattr(term, "needs_teacher", False):
            raise ValueError(f"model.head.losses.{name}: {type(term).__name__} needs a teacher: set model.type='FLIPStudent'.")


def _with_in_channels(head: dict, backbone: nn.Module) -> dict:
    """Set ``in_channels`` in the config of the head, if the head has this argument and the config does not set it."""
    head_class = MODELS.get(head["type"]) if isinstance(head.get("type"), str) else head.get("type")
    if not (isinstance(head_class, type) and issubclass(head_class, FLIPHead)):
        raise ValueError(f"model.head.type={head.get('type')!r} is no head of FLIP; use FLIPVHead, FLIPITHead or FLIPMCLHead.")
    takes = inspect.signature(head_class).parameters.values()
    if not any(argument.name == "in_channels" or argument.kind is argument.VAR_KEYWORD for argument in takes):
        return head
    width = backbone.feature_dims if head_class.image_input == "features" else backbone.embed_dims
    return {"in_channels": width, **head}
