# SPDX-License-Identifier: Apache-2.0
"""What MMPretrain needs of flip_mm besides the registries: its list of models, and who builds a model for a checkpoint."""

from __future__ import annotations

import sys
from os import PathLike

from mmengine.runner import Runner
from mmpretrain.apis import get_model
from mmpretrain.apis.model import ModelHub

from .apis.shipped import shipped

# Who builds a model, and the argument that names the checkpoint to load into it afterwards.
BUILDERS = {get_model.__code__: "pretrained", Runner.__init__.__code__: "load_from"}


def register_models() -> None:
    """Make the shipped configs known by name to ``list_models`` and ``get_model``."""
    index = shipped("configs").with_name("model-index.yml")
    if index.is_file() and not ModelHub.has("flip_v_p1"):
        ModelHub.register_model_index(index, config_prefix=index.parent)


def checkpoint_follows() -> bool:
    """Whether the model that is being built is about to be filled from a checkpoint.

    So it is in ``get_model`` (inferencers and several of MMPretrain's tools) and in a ``Runner``, when they were given one.
    Neither says so to what it builds, which is why the calls in progress are looked at. Where none of them is found, for
    instance in another version of theirs, weights are loaded as the config says, and then overwritten.
    """
    frame = sys._getframe(1)
    while frame is not None and frame.f_code not in BUILDERS:
        frame = frame.f_back
    return frame is not None and isinstance(frame.f_locals.get(BUILDERS[frame.f_code]), (str, PathLike))
