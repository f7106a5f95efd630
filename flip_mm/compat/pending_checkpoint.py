# SPDX-License-Identifier: Apache-2.0
"""Find out whether MMPretrain or mmengine will load a checkpoint into the model that they are building."""

from __future__ import annotations

import sys
from os import PathLike

from mmengine.runner import Runner
from mmpretrain.apis import get_model

# Function that builds a model -> its argument that names the checkpoint to load afterwards.
BUILDERS = {get_model.__code__: "pretrained", Runner.__init__.__code__: "load_from"}


def checkpoint_follows() -> bool:
    """Return whether a checkpoint will be loaded into the model that is being built.

    This is the case if ``get_model`` (inferencers and several of MMPretrain's tools) or a ``Runner`` got a checkpoint. They do
    not pass it to the model, so this function inspects the call stack. If it finds neither of them, for instance in another
    version, the model loads the weights in the config, which are then overwritten.

    mmengine's ``init_weights()`` cannot replace this. ``Runner.train`` always calls it before it loads ``load_from``, so the
    weights would be read (and must be on the machine) although a checkpoint overwrites them. ``Runner.test``, ``get_model``
    and ``MODELS.build`` never call it, so the weights of ``get_model("flip_mcl_p1")`` would be random.
    """
    frame = sys._getframe(1)
    while frame is not None and frame.f_code not in BUILDERS:
        frame = frame.f_back
    return frame is not None and isinstance(frame.f_locals.get(BUILDERS[frame.f_code]), (str, PathLike))
