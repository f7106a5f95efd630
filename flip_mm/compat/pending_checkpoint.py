# SPDX-License-Identifier: Apache-2.0
"""Whether MMPretrain or mmengine builds a model to load a checkpoint into it, which neither tells the model."""

from __future__ import annotations

import sys
from os import PathLike

from mmengine.runner import Runner
from mmpretrain.apis import get_model

# Who builds a model, and the argument that names the checkpoint to load into it afterwards.
BUILDERS = {get_model.__code__: "pretrained", Runner.__init__.__code__: "load_from"}


def checkpoint_follows() -> bool:
    """Whether the model that is being built is about to be filled from a checkpoint.

    This is so in ``get_model`` (inferencers and several of MMPretrain's tools) and in a ``Runner`` that were given one. Neither
    tells it to what it builds, which is why the calls in progress are inspected. Where none of them is found, for instance in
    another version of theirs, weights are loaded as the config says, and then overwritten.

    mmengine's own place for first weights, ``init_weights()``, cannot replace this. ``Runner.train`` always calls it, before it
    loads ``load_from``, so the weights would be read (and must be on the machine) although a checkpoint overwrites them.
    ``Runner.test``, ``get_model`` and ``MODELS.build`` never call it, so ``get_model("flip_mcl_p1")`` would be random.
    """
    frame = sys._getframe(1)
    while frame is not None and frame.f_code not in BUILDERS:
        frame = frame.f_back
    return frame is not None and isinstance(frame.f_locals.get(BUILDERS[frame.f_code]), (str, PathLike))
