# SPDX-License-Identifier: Apache-2.0
"""A small image tower that learns from a trained FLIP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from flip_mm.models.losses.loss_term import TeacherOutputs

from .flip import FLIP
from .teacher import load_teacher


@MODELS.register_module()
class FLIPStudent(FLIP):
    """A FLIP without text tower: its image tower learns the logits and embeddings of a teacher, a trained FLIP-IT or FLIP-MCL.

    The embeddings of the prompts are those of the teacher and stay fixed, so a prediction is, as for the teacher, a similarity
    to each prompt. A checkpoint contains the student and these embeddings; it is tested, deployed and exported without the
    teacher. Only a training needs the teacher: :meth:`init_weights`, which mmengine calls at its start, loads it from its own
    file, also on a resume. The teacher is no part of ``state_dict()`` or ``parameters()``. Student and teacher get the same
    views.

    Args:
        backbone: The student's image tower: ``SmallCNN``, or ``OpenCLIP``, whose text tower is deleted. Its ``embed_dims`` are
            those of the teacher.
        head: ``FLIPITHead`` with the prompts of the teacher and, in ``losses``, ``LogitDistillationLoss`` and
            ``EmbeddingDistillationLoss``.
        teacher: ``dict(config=..., checkpoint=...)``, see :func:`~flip_mm.models.classifiers.teacher.load_teacher`. None for a
            model that is not trained.
        **kwargs: Arguments of :class:`~flip_mm.models.FLIP`.

    Attributes:
        prompt_embeddings (Tensor): (P, d_vl), not normalised; not a number until a teacher or a checkpoint is loaded.
        teacher_meta (dict): ``meta`` of the teacher's checkpoint; empty until it is loaded.

    Raises:
        ValueError: The head has no prompts, or prompts that depend on the image.
    """

    CONFIG_CALLS = dict(teacher=load_teacher)
    has_teacher = True

    def __init__(self, backbone: dict, head: dict, teacher: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        # Not registered as a part: checkpoints, optimizers and the distribution of gradients must not contain it.
        self.__dict__["_teacher"] = None
        self.teacher_files = dict(teacher or {})
        self.teacher_meta: dict[str, Any] = {}
        super().__init__(backbone, head, **kwargs)

    def _bind_prompts(self) -> None:
        """Reserve the embeddings of the prompts instead of computing them."""
        prompts = self.head.class_prompts
        if prompts.image_conditioned:
            raise ValueError(f"model.head.prompts: {type(prompts).__name__} depends on the image; use fixed sentences.")
        empty = torch.full((sum(prompts.counts), self.backbone.embed_dims), torch.nan)
        self.register_buffer("prompt_embeddings", empty)
        self.backbone.drop_text_tower()

    def init_weights(self) -> None:
        """Initialise the weights and load the teacher.

        Raises:
            ValueError: There is no teacher, or it does not fit the student.
            FileNotFoundError, RuntimeError: See :func:`~flip_mm.models.classifiers.teacher.load_teacher`.
        """
        super().init_weights()
        if not {"config", "checkpoint"} <= self.teacher_files.keys():
            raise ValueError("model.teacher must be dict(config=..., checkpoint=...): a student cannot be trained without it.")
        teacher, self.teacher_meta = load_teacher(**self.teacher_files)
        self._check_teacher(teacher)
        device = self.prompt_embeddings.device
        self.__dict__["_teacher"] = teacher.to(device)
        with torch.no_grad():
            text, scale = teacher.encode_prompts()
            self.prompt_embeddings.copy_(text)
            self.backbone.logit_scale.copy_(scale)

    def encode_prompts(self, image: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the teacher's prompt embeddings (P, d_vl), not normalised, and the student's logit_scale (1,)."""
        return self.class_embeddings if self.deployed else self.prompt_embeddings, self.backbone.logit_scale

    def set_prompts(self, prompts: Mapping[str, Any]) -> None:
        """Raise a RuntimeError: there is no text tower."""
        raise RuntimeError("The prompts of a student are those of its teacher: change them there, and train the student again.")

    def switch_to_deploy(self) -> None:
        """Replace the prompt embeddings by the two class embeddings. The result has the weights of a deployed FLIP."""
        super().switch_to_deploy()
        if hasattr(self, "prompt_embeddings"):
            del self.prompt_embeddings
        self.__dict__["_teacher"] = None

    def loss(self, inputs: Tensor | Sequence[Tensor], data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Compute the losses of a training batch, see :meth:`FLIP.loss`.

        Raises:
            RuntimeError: The teacher is not loaded, or the model is deployed.
            ValueError: There are fewer views than the losses need.
        """
        views = self._training_views(inputs)
        teacher = self._teach(views)
        return self.head.loss(self._encode_views(views), *self.encode_prompts(), data_samples, teacher=teacher)

    @torch.no_grad()
    def _teach(self, views: list[Tensor]) -> TeacherOutputs:
        """Run the teacher on views (N, 3, H, W)."""
        teacher = self._teacher
        if teacher is None:
            raise RuntimeError("The teacher is not loaded: call init_weights() before the training, as mmengine's runner does.")
        images = teacher._encode_views(views)
        return TeacherOutputs(images, teacher.head(images[0], *teacher.encode_prompts()))

    def _check_teacher(self, teacher: FLIP) -> None:
        """Compare everything that both must have in common."""
        ours, theirs = (
            {
                "model.backbone.embed_dims": model.backbone.embed_dims,
                "model.backbone.image_size": tuple(model.backbone.image_size),
                "model.head.prompts": model.head.prompts,
                "model.head.normalize_prompts": model.head.normalize_prompts,
                "model.data_preprocessor.mean": model.data_preprocessor.mean.flatten().tolist(),
                "model.data_preprocessor.std": model.data_preprocessor.std.flatten().tolist(),
            }
            for model in (self, teacher)
        )
        for key, value in ours.items():
            if value != theirs[key]:
                raise ValueError(
                    f"{key}: the student has {value}, its teacher '{self.teacher_files['config']}' has {theirs[key]}. "
                    "Give the student the value of its teacher."
                )

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> FLIPStudent:
        """Move the teacher to another device or type together with the student."""
        if self._teacher is not None:
            self._teacher._apply(fn, recurse)
        return super()._apply(fn, recurse)
