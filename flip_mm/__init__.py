# SPDX-License-Identifier: Apache-2.0
"""flip_mm: language-guided face anti-spoofing (FLIP, ICCV 2023) as a plugin of MMPretrain.

Importing it takes milliseconds. When MMPretrain is imported as well, before or after, the components are added to its
registries; ``import flip_mm.register`` imports both.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from .compat.import_hook import register_when_needed
from .compat.quiet import hide_start_up_warnings

__version__ = "0.1.0"


# Names for users -> their modules.
PLACES = {
    "Detector": "inference.detector",
    "evaluate": "apis.python_api",
    "results": "apis.python_api",
    "run_protocol": "experiments.python_api",
    "train": "apis.python_api",
}


def __getattr__(name: str) -> Any:
    """Import ``flip_mm.Detector``, ``flip_mm.train``, ``flip_mm.models`` and other names on use."""
    if name in PLACES:
        return getattr(import_module(f"{__name__}.{PLACES[name]}"), name)
    if name.startswith("_") or find_spec(f"{__name__}.{name}") is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{name}")


hide_start_up_warnings()
register_when_needed()
