# SPDX-License-Identifier: Apache-2.0
"""Fill the memory of a KNNHead with the embeddings of the labelled training images."""

from __future__ import annotations

from functools import partial

import torch
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from mmpretrain.registry import HOOKS
from torch import nn

from flip_mm.models.evaluation_mode import evaluation_mode
from flip_mm.models.heads.knn_head import KNNHead
from flip_mm.models.sample_fields import labels

from .checks.weights_fit import unwrap
from .evaluated_weights import average_hook
from .training_images import training_images

BUFFERS = ("memory", "memory_labels")


@HOOKS.register_module()
class NeighbourMemoryHook(Hook):
    """Fills the memory of :class:`~flip_mm.models.KNNHead` before each validation and each checkpoint of a training.

    The images are those of the training list, in its order, with the pipeline of the validation: no random draws. The encoder
    is ``model.source`` if there is one, which does not change, otherwise the model. A test uses the memory in its checkpoint.
    Every process embeds all images, so the memory does not depend on their number.
    """

    # After EMAHook, which exchanges the weights.
    priority = "LOW"

    def __init__(self) -> None:
        # Iteration and weights of the memory.
        self._filled: object = None

    def before_train(self, runner: Runner) -> None:
        """Fill it for losses that use it, if the encoder does not change."""
        if hasattr(unwrap(runner.model), "source"):
            self._fill(runner, unwrap(runner.model))

    def before_val_epoch(self, runner: Runner) -> None:
        """Fill it with the weights that are validated."""
        if isinstance(runner._train_loop, BaseLoop):
            self._fill(runner, unwrap(runner.model))

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Fill it with the weights that are stored."""
        average = average_hook(runner)
        model = unwrap(runner.model) if average is None else average.ema_model.module
        self._fill(runner, model)
        state = model.head.state_dict()
        checkpoint["state_dict"].update({f"head.{name}": state[name].cpu() for name in BUFFERS})

    @torch.no_grad()
    def _fill(self, runner: Runner, model: nn.Module) -> None:
        source = getattr(model, "source", None)
        key = "source" if source is not None else (runner.iter, id(model))
        if self._filled == key:
            return
        if not isinstance(model.head, KNNHead):
            raise ValueError(f"NeighbourMemoryHook fills a KNNHead, and model.head is a {type(model.head).__name__}.")
        with evaluation_mode(model):
            batches = [
                ((model if source is None else source).extract_feat(data["inputs"])[-1], labels(data["data_samples"]))
                for data in map(partial(model.data_preprocessor, training=False), training_images(runner))
            ]
        embeddings, classes = map(torch.cat, zip(*batches, strict=True))
        model.head.fill(embeddings, classes.to(embeddings.device))
        self._filled = key
