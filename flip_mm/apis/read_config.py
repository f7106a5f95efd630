# SPDX-License-Identifier: Apache-2.0
"""Read a config file, and say in one sentence what is wrong with it."""

from __future__ import annotations

import traceback
from pathlib import Path

from mmengine.config import Config

FORMATS = (".py", ".json", ".yml", ".yaml")


def read_config(path: Path) -> Config:
    """Read a config with what it builds on, and import what it names.

    Args:
        path: A file.

    Returns:
        The config.

    Raises:
        ValueError: The file is no config, or cannot be executed.
        FileNotFoundError: A file under ``_base_`` is missing.
        ImportError: A module of ``custom_imports`` cannot be imported.
    """
    if path.suffix not in FORMATS:
        raise ValueError(
            f"'{path}' is no config: its name must end in {', '.join(FORMATS)}. The config comes first, a checkpoint second."
        )
    try:
        return Config.fromfile(path, lazy_import=False)
    except FileNotFoundError as error:
        missing = error.filename or str(error)
        raise FileNotFoundError(
            f"{path}: a file that it builds on (_base_) is missing: {missing}. A config is copied together with its _base_ "
            "files, or names them by absolute paths."
        ) from error
    except ImportError as error:
        told = str(error).partition(", the current sys.path")[0]
        raise ImportError(
            f"{path}: {told}. What custom_imports or the config itself imports must be importable: check the name, or set "
            "PYTHONPATH."
        ) from error
    except Exception as error:  # a config is a program and fails as it likes
        raise ValueError(
            f"{path}{_line(path, error)}: the config cannot be read: {_told(error)}. Correct it, or what it builds on."
        ) from error


def _line(path: Path, error: Exception) -> str:
    """', line 3' where the error began in the file itself."""
    inner = next((e for e in (error, error.__cause__, error.__context__) if getattr(e, "lineno", None)), None)
    if isinstance(inner, SyntaxError):
        return f", line {inner.lineno}"
    # mmengine executes a copy under another name.
    steps = traceback.extract_tb(error.__traceback__)
    steps = [step for step in steps if step.filename != __file__ and "mmengine" not in step.filename]
    return f", line {steps[-1].lineno}" if steps and steps[-1].name == "<module>" else ""


def _told(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is no UTF-8 text"
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    cause = error.__cause__ or error.__context__
    if isinstance(error, SyntaxError) and isinstance(cause, SyntaxError):
        text = cause.msg
    return f"{type(error).__name__}: {text.strip().rstrip('.')}"
