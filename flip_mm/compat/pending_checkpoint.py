# SPDX-License-Identifier: Apache-2.0
"""Whether MMPretrain or mmengine builds a model for a checkpoint, which neither says."""

from __future__ import annotations

import sys
from os import PathLike

from mmengine.runner import Runner
from mmpretrain.apis import get_model

# Who builds a model, and the argument that names the checkpoint to load into it afterwards.
BUILDERS = {get_model.__code__: "pretrained", Runner.__init__.__code__: "load_from"}


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
