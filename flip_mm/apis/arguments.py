# SPDX-License-Identifier: Apache-2.0
"""Types for command line arguments: numbers in a range, files that can be written."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

from flip_mm.utils.files import is_special
from flip_mm.utils.plain_numbers import plain_float, plain_int


def integer(low: int, high: int | None = None) -> Callable[[str], int]:
    """Return a type for argparse: whole numbers in a range.

    Args:
        low: Smallest value.
        high: Largest value; None for no limit.

    Returns:
        The type.
    """
    return _ranged(plain_int, low, high)


def number(low: float, high: float | None = None) -> Callable[[str], float]:
    """Return a type for argparse: numbers in a range; see :func:`integer`."""
    return _ranged(plain_float, low, high)


def nonempty(text: str) -> str:
    """A type for argparse: a text that is not empty, as an unset shell variable is."""
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return text


def output_file(text: str) -> Path:
    """A type for argparse: a file to write, in an existing folder.

    Raises:
        argparse.ArgumentTypeError: It is a folder, or its folder is missing or not writable.
    """
    path = Path(text)
    folder = path.absolute().parent
    if is_special(path):
        raise argparse.ArgumentTypeError(f"'{text}' is a device or a pipe and would be replaced, give the name of a file")
    if path.is_dir() or text.endswith(("/", os.sep)):
        raise argparse.ArgumentTypeError(f"'{text}' is a folder, give the name of a file")
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder '{folder}' for '{path.name}', create it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise argparse.ArgumentTypeError(f"nothing can be written into '{folder}', choose another folder")
    return path


def import_modules(names: Iterable[str]) -> None:
    """Import the modules of ``--import``, which register data sets and protocols.

    Raises:
        ImportError: A module cannot be imported.
    """
    for name in names:
        try:
            import_module(name)
        except ImportError as error:
            raise ImportError(
                f"--import {name}: {error}. Give the name of a module that Python can import; PYTHONPATH adds folders."
            ) from error


def check_input(path: Path, name: str) -> None:
    """Refuse an input file that cannot be read.

    Args:
        path: The file.
        name: Name of the argument.

    Raises:
        OSError: It is missing, a folder, or not readable.
    """
    subject = f"argument {name}: '{path}'"
    if path.is_dir():
        raise IsADirectoryError(f"{subject} is a folder, give a file.")
    if not path.is_file():
        raise FileNotFoundError(f"{subject} does not exist: check the path.")
    if not os.access(path, os.R_OK):
        raise PermissionError(f"{subject} is not readable: change its permissions.")


def check_new_file(out: Path, overwrite: bool, *inputs: str | Path) -> None:
    """Refuse to replace a file without ``--overwrite``, and an input file in any case.

    Raises:
        FileExistsError: The file exists.
        ValueError: It is one of the inputs, see :func:`check_other_file`.
    """
    check_other_file(out, *inputs)
    if out.exists() and not overwrite:
        raise FileExistsError(f"{out} exists already: choose another name, or --overwrite.")


def check_other_file(out: Path, *inputs: str | Path) -> None:
    """Refuse to overwrite an input file.

    Raises:
        ValueError: The output is one of the inputs, perhaps with another name.
    """
    if out.exists() and any(Path(path).exists() and out.samefile(path) for path in inputs):
        raise ValueError(f"'{out}' is an input file and would be overwritten: give the output another name.")


def _ranged(parse: Callable[[str], float], low: float, high: float | None) -> Callable[[str], float]:
    def check(text: str) -> float:
        try:
            value = parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error
        if value < low or (high is not None and value > high):
            allowed = f"at least {low}" if high is None else f"in {low}..{high}"
            raise argparse.ArgumentTypeError(f"must be {allowed}, got {text}")
        return value

    return check
