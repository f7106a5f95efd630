# SPDX-License-Identifier: Apache-2.0
"""Patches of mmengine for current versions of torch and Python.

torch >= 2.6 loads files with ``weights_only`` by default and refuses the logs that mmengine stores in its checkpoints
(https://github.com/open-mmlab/mmengine/issues/1655), so that resume, ``load_from`` and testing fail. The usual solution,
loading without ``weights_only``, runs any code in the file. Here a short list of harmless types is allowed instead.
"""

from __future__ import annotations

import os
import pickle
import pkgutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlparse

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import checkpoint
from mmengine.runner.checkpoint import CheckpointLoader
from mmengine.utils.dl_utils import misc
from numpy._core.multiarray import _reconstruct, scalar

from .checkpoint_sizes import ForeignArchive, check_sizes
from .memory_budget import TooLarge
from .pickle_sizes import ForeignCall, ForeignTensor

# The types in mmengine's logs, with the names of numpy 1 and numpy 2.
ALLOWED: list[Any] = [
    HistoryBuffer,
    np.ndarray,
    np.dtype,
    *(type(np.dtype(name)) for name in ("float64", "float32", "int64", "int32", "bool")),
    _reconstruct,
    scalar,
    (_reconstruct, "numpy.core.multiarray._reconstruct"),
    (scalar, "numpy.core.multiarray.scalar"),
]
# mmengine's resume executes these texts as Python code.
EXECUTED = ("cfg", "config")
# Environment variables of torch: the first restricts every load, the second removes the default restriction.
RESTRICT, LIFT = "TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"


def _state_without_methods(buffer: HistoryBuffer) -> dict:
    """The numbers of a log, without mmengine's table of methods, which only ``getattr`` could unpickle."""
    return {name: value for name, value in vars(buffer).items() if name != "statistics_methods"}


def load_checkpoint_file(filename: str | Path, map_location: Any = None) -> dict:
    """Load a local checkpoint without running code in it.

    Args:
        filename: Path.
        map_location: As for ``torch.load``.

    Returns:
        The checkpoint without the config texts in its ``meta``, because resuming would execute them.

    Raises:
        FileNotFoundError: There is no such file.
        RuntimeError: The file contains other objects than tensors, plain containers and mmengine's logs, needs far more
            memory than it has bytes, or is damaged.
    """
    path = Path(filename).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"No checkpoint at '{path}'.")
    try:
        check_sizes(path)
        with torch.serialization.safe_globals(ALLOWED):
            content = torch.load(path, map_location=map_location, weights_only=True)
    except Exception as error:  # a damaged file can raise anything: KeyError, struct.error, AssertionError ...
        raise RuntimeError(f"The checkpoint '{path}' was refused: {_reason(path, error)}") from error
    return _without_executed(content)


def load_checkpoint_url(url: str, model_dir: str | None = None, map_location: Any = None, progress: bool = True) -> dict:
    """Download a checkpoint once and load it as :func:`load_checkpoint_file` does; torch's loader would unpickle anything.

    Args:
        url: ``http://`` or ``https://`` address.
        model_dir: Folder to store it in; None for torch hub's.
        map_location: As for ``torch.load``.
        progress: Show a progress bar.

    Returns:
        The checkpoint.
    """
    folder = Path(model_dir or Path(torch.hub.get_dir(), "checkpoints"))
    path = folder / Path(urlparse(url).path).name
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(path), progress=progress)
    return load_checkpoint_file(str(path), map_location)


def _without_executed(content: Any) -> Any:
    """A checkpoint without the texts that a resume would execute."""
    if isinstance(content, dict) and isinstance(content.get("meta"), dict):
        content["meta"] = {key: value for key, value in content["meta"].items() if key not in EXECUTED}
    return content


@contextmanager
def _weights_only() -> Iterator[None]:
    """Restrict every ``torch.load`` to weights and mmengine's logs, whatever arguments or environment say."""
    before = {name: os.environ.pop(name, None) for name in (RESTRICT, LIFT)}
    os.environ[RESTRICT] = "1"
    try:
        with torch.serialization.safe_globals(ALLOWED):
            yield
    finally:
        del os.environ[RESTRICT]
        os.environ.update({name: value for name, value in before.items() if value is not None})


def _harmless(load: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a loader of checkpoints from other places (``s3://``, ``openmmlab://`` ...) so that no code in them runs."""

    @wraps(load)
    def load_harmless(*args: Any, **kwargs: Any) -> Any:
        with _weights_only():
            return _without_executed(load(*args, **kwargs))

    return load_harmless


def _reason(path: Path, error: Exception) -> str:
    """The names that are not allowed, or else the problem, or else the first line of torch's message."""
    if isinstance(error, ForeignArchive):
        return f"{error}. Download or copy it again, or load it yourself and save its state_dict with torch.save."
    if isinstance(error, ForeignTensor):
        return (
            f"it contains a sparse, quantised or other special tensor ({error}). Load it yourself and save its state_dict with "
            "dense tensors of floating point numbers."
        )
    try:
        with torch.serialization.safe_globals(ALLOWED):
            names = [] if isinstance(error, zipfile.BadZipFile) else torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except Exception:  # as above
        names = []
    if isinstance(error, ForeignCall):
        names = names or [str(error)]
    if names:
        return (
            f"it needs {', '.join(names)}. Loading it completely would run code in it. If you trust it, load it yourself with "
            "torch.load(..., weights_only=False) and save only its state_dict."
        )
    if isinstance(error, TooLarge):
        return f"{error}. It is damaged, or was made to fill the memory: download or copy it again."
    message = (str(error) or type(error).__name__).splitlines()[0]
    # Not shown: torch's advice to load without restriction, and opcodes of the unpickler such as KeyError: 102.
    is_useless = isinstance(error, (LookupError, pickle.UnpicklingError)) or "weights_only" in message
    details = "" if is_useless else f" ({message})"
    return f"it is damaged, cut off, or no checkpoint{details}. Download or copy it again, or give another file."


def restore_find_loader() -> None:
    """Replace a function that Python 3.14 removed; mmengine's runner uses it to look for mmcv's compiled operations."""
    if not hasattr(pkgutil, "find_loader"):
        misc.pkgutil = SimpleNamespace(find_loader=find_spec)


def apply() -> None:
    """Apply the patches."""
    restore_find_loader()
    HistoryBuffer.__getstate__ = _state_without_methods
    CheckpointLoader.register_scheme(prefixes="", loader=load_checkpoint_file, force=True)
    checkpoint.load_url = load_checkpoint_url
    CheckpointLoader.load_checkpoint = staticmethod(_harmless(CheckpointLoader.load_checkpoint))
