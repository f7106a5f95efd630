# SPDX-License-Identifier: Apache-2.0
"""The interface of prompt components."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from mmengine.model import BaseModule
from torch import Tensor

if TYPE_CHECKING:
    from flip_mm.models.backbones.base import VisionLanguageBackbone


class ClassPrompts(BaseModule):
    """Base class of prompt components: the prompts of all classes in the order of the labels, first spoof, then real.

    A subclass may have parameters; their names in a checkpoint begin with ``head.class_prompts.``

    Args:
        init_cfg: mmengine's.

    Attributes:
        counts (tuple[int, ...]): Number of prompts of each class, in the order of the labels; P is their sum.
        sentences (list[str]): The P prompts as text, if they have a text; written into deployed files.
        image_conditioned (bool): Whether the embeddings depend on the image. Such a model cannot be deployed.
    """

    counts: tuple[int, ...]
    sentences: list[str]
    image_conditioned = False

    @abstractmethod
    def bind(self, backbone: VisionLanguageBackbone) -> None:
        """Prepare for a backbone: tokenise, create parameters of its width. Called once.

        A checkpoint may change the backbone's weights later: store nothing that is computed from them, except initial values
        of parameters.

        Raises:
            ValueError: A prompt is longer than the backbone's context.
        """

    @abstractmethod
    def encode(self, backbone: VisionLanguageBackbone, image: Tensor | None = None) -> Tensor:
        """Return the embeddings of the prompts, not normalised.

        Args:
            backbone: The backbone of :meth:`bind`.
            image: (N, d) embeddings of the images to classify; None unless ``image_conditioned``.

        Returns:
            (P, d_vl), or (N, P, d_vl) if they depend on the image.
        """
