# SPDX-License-Identifier: Apache-2.0
"""What a prompt component is: it gives the embeddings that stand for the classes."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from mmengine.model import BaseModule
from torch import Tensor

if TYPE_CHECKING:
    from flip_mm.models.backbones.base import VisionLanguageBackbone


class ClassPrompts(BaseModule):
    """The prompts of all classes, class after class in the order of the labels: spoof's first, then real's.

    A subclass may have parameters; their names in a checkpoint begin with ``head.class_prompts.``.

    Args:
        init_cfg: mmengine's.

    Attributes:
        counts (tuple[int, ...]): Number of prompts of each class, in the order of the labels; P is their sum.
        sentences (list[str]): The P prompts in words, as far as there are words for them; written into deployed files.
        image_conditioned (bool): Whether the embeddings depend on the image. Such a model cannot be deployed.
    """

    counts: tuple[int, ...]
    sentences: list[str]
    image_conditioned = False

    @abstractmethod
    def bind(self, backbone: VisionLanguageBackbone) -> None:
        """Prepare for a backbone, once: tokenise, create parameters of its width.

        A checkpoint may change the backbone's weights afterwards: keep nothing computed from them but the first values of
        parameters.

        Raises:
            ValueError: A prompt is longer than the backbone's context.
        """

    @abstractmethod
    def encode(self, backbone: VisionLanguageBackbone, image: Tensor | None = None) -> Tensor:
        """The prompts' embeddings, not normalised.

        Args:
            backbone: The one of :meth:`bind`.
            image: (N, d) embeddings of the images to classify; None unless ``image_conditioned``.

        Returns:
            (P, d_vl), or (N, P, d_vl) where they depend on the image.
        """
