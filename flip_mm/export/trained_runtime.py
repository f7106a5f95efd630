# SPDX-License-Identifier: Apache-2.0
"""The trained model as a runtime: what every export is compared with."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from flip_mm.inference.model_card import ModelCard
from flip_mm.inference.outputs import Outputs, check_crops

from .any_network import AnyNetwork

# A softmax in float32 and one in float64 of the same logits.
ROUNDING = 1e-5


class TrainedRuntime:
    """A model of MMPretrain with its own data preprocessor, see :class:`~flip_mm.inference.outputs.Runtime`.

    Args:
        model: In evaluation mode.
        card: Its card.
        colour: Order of the channels at the end of the test pipeline, ``'RGB'`` or ``'BGR'``.
    """

    def __init__(self, model: nn.Module, card: ModelCard, colour: str) -> None:
        self.model, self.card, self.colour = model, card, colour

    @torch.inference_mode()
    def __call__(self, crops: list[np.ndarray]) -> Outputs:
        """Classify N faces.

        Raises:
            ValueError: The predictions of the model are no softmax of its logits.
        """
        check_crops(self.card, crops)
        order = slice(None) if self.colour == "RGB" else slice(None, None, -1)
        images = np.ascontiguousarray(crops[0][..., order].transpose(0, 3, 1, 2))
        data = self.model.data_preprocessor(dict(inputs=torch.from_numpy(images)))
        outputs = Outputs(AnyNetwork(self.model)(data["inputs"])[0].float().numpy())
        scores = torch.stack([sample.pred_score for sample in self.model.predict(data["inputs"])])
        if np.abs(scores[:, 1].double().numpy() - outputs.p_real()).max(initial=0) > ROUNDING:
            raise ValueError(
                f"The predictions of {type(self.model.head).__name__} are no softmax of two logits: such a model cannot be "
                "exported."
            )
        return outputs
