# SPDX-License-Identifier: Apache-2.0
"""Fit a head once, to the features of all training images."""

from __future__ import annotations

from functools import partial

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS

from flip_mm.models.sample_fields import is_labelled, labels

from .checks.weights_fit import unwrap
from .evaluated_weights import average_hook
from .training_images import training_images


@HOOKS.register_module()
class FitOnceHook(Hook):
    """Calls ``model.head.fit(source, classes, target)`` before the first iteration, with features of all training images.

    The images are those of the training list, in its order, with the pipeline of the test: no random draws. The result is in
    buffers, so a resumed training and a test need no fit. Every process fits the same.
    """

    @torch.no_grad()
    def before_train(self, runner: Runner) -> None:
        """Fit the head if it is not fitted yet.

        Raises:
            ValueError: The run has no unlabelled images, or there is an ``EMAHook``.
        """
        if average_hook(runner) is not None:
            raise ValueError("custom_hooks: a method that is fitted once has no weights to average: remove EMAHook.")
        model = unwrap(runner.model)
        if model.head.is_fitted:
            return
        features, classes, labelled = [], [], []
        for data in map(partial(model.data_preprocessor, training=False), training_images(runner, unlabelled=True)):
            features.append(model.extract_feat(data["inputs"])[-1])
            classes.append(labels(data["data_samples"]))
            labelled.append(is_labelled(data["data_samples"]))
        source = torch.cat(labelled)
        if source.all():
            raise ValueError("FitOnceHook needs unlabelled images of the target: add --unlabelled train.")
        x = torch.cat(features).cpu()
        model.head.fit(x[source], torch.cat(classes)[source], x[~source])
