# SPDX-License-Identifier: Apache-2.0
"""Tell user errors, which are printed in one line, from faults of the software."""

from __future__ import annotations

import errno
import os
import re
import sys
import traceback
from collections.abc import Iterator
from dis import opmap
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from urllib.error import URLError

from flip_mm.utils.shipped import PACKAGE, shipped
from flip_mm.utils.text import safe_text

REFUSED = 2
TRACEBACK = "FLIP_MM_TRACEBACK"
# Code that checks its input and raises with a message: ours, and libraries that read configs and build their parts.
OURS = (str(PACKAGE), str(shipped("tools")))
LIBRARIES = ("mmengine", "mmpretrain", "torch/optim", "torch/utils/data")
REFUSALS = (ValueError, TypeError, RuntimeError, ImportError, KeyError, AssertionError, SyntaxError, FloatingPointError)
# Messages of the operating system do not say what to do.
ADVICE = {
    errno.ENOENT: "Check the path.",
    errno.EACCES: "This user may not read or write it: change its permissions, or choose another place.",
    errno.EPERM: "This user may not change it: change its permissions, or choose another place.",
    errno.EROFS: "Choose another place.",
    errno.ENOSPC: "Free some space, or choose another place.",
    errno.EDQUOT: "Free some space, or choose another place.",
    errno.EIO: "The disk or device failed: try another copy of the file.",
    errno.EISDIR: "Give a file, this is a folder.",
    errno.ENOTDIR: "Check the path: a part of it is a file and no folder.",
    errno.EEXIST: "Choose another name.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.ELOOP: "Check the path: its links form a loop.",
    errno.EMFILE: "More files are open than the system allows: use fewer workers, or raise `ulimit -n`.",
    errno.ENOMEM: "There is not enough memory: use fewer workers, or smaller batches.",
}
MEMORY = "There is not enough memory: use a smaller *_dataloader.batch_size, fewer workers, or a smaller model"


def user_message(error: BaseException) -> str | None:
    """Return the message of a user error; None if the error is a fault of the software.

    User errors are: an ``OSError`` or missing memory; an error raised by a ``raise`` statement in flip_mm, its tools, mmengine
    or MMPretrain; a part of the config that cannot be built. All other errors are faults, whatever their type.

    Args:
        error: The error with its traceback.

    Returns:
        One line without control characters.
    """
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError" or "can't allocate memory" in str(error):
        return one_line(f"{MEMORY} ({_text(error)}).")
    origin = _origin(error)
    if isinstance(error, OSError):
        return one_line(_text(error) if origin == "ours" else _system_message(error))
    if isinstance(error, REFUSALS) and (origin == "ours" or (origin and str(error))):
        return one_line(_text(error))
    return _build_failure(error)


def one_line(text: str) -> str:
    r"""Return a message without line breaks and control characters.

    >>> one_line("two things:\n  a\x1b[31m\n  b\n")
    'two things: a\\x1b[31m b'
    """
    joined = " ".join(line.strip() for line in text.split("\n") if line.strip())
    return safe_text(joined, keep="")


def wants_traceback() -> bool:
    """Return whether to show the traceback of a user error: ``--traceback``, or ``FLIP_MM_TRACEBACK=1``."""
    return "--traceback" in sys.argv or bool(os.environ.get(TRACEBACK))


def print_error(message: str) -> None:
    """Print a message in argparse's format."""
    print(f"{Path(sys.argv[0]).name}: error: {message}", file=sys.stderr)


def _text(error: BaseException) -> str:
    """The message of an error."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror + (f": '{error.filename}'" if error.filename is not None else "")
    if isinstance(error, KeyError) and len(error.args) == 1:
        return str(error.args[0])
    text = str(error)
    if text.startswith("Caught ") and "\nOriginal Traceback" in text:
        # From a dataloader worker: the message follows the last line of its traceback.
        name = text.split()[1]
        text = text.rpartition(f"\n{name}: ")[2]
    return text or _failed_assertion(error) or type(error).__name__


def _failed_assertion(error: BaseException) -> str:
    """The line of an ``assert`` without a message."""
    steps = traceback.extract_tb(error.__traceback__)
    return f"{steps[-1].line} does not hold" if isinstance(error, AssertionError) and steps and steps[-1].line else ""


def _build_failure(error: BaseException) -> str | None:
    """The class that could not be built, and its settings; None if the error was not raised while building."""
    if not isinstance(error, Exception):
        return None
    # If mmengine is not imported, nothing was built.
    build = getattr(sys.modules.get("mmengine.registry.build_functions"), "build_from_cfg", None)
    steps, traceback = [], error.__traceback__
    while traceback is not None and build is not None:
        if traceback.tb_frame.f_code is build.__code__:
            steps.append(traceback.tb_frame.f_locals)
        traceback = traceback.tb_next
    if not steps or "obj_cls" not in steps[-1]:
        return None
    name = getattr(steps[-1]["obj_cls"], "__name__", "a part")
    given = ", ".join(f"{key}={value!r}" for key, value in steps[-1]["args"].items())
    given = given if len(given) <= 200 else f"{given[:200]}..."
    return one_line(
        f"{name} cannot be built from {given or 'no settings'} ({type(error).__name__}: {_text(error)}): correct these "
        f"settings in the config; --traceback shows where it failed."
    )


def _system_message(error: OSError) -> str:
    """A message of the operating system, with advice."""
    if isinstance(error, URLError):
        return (
            f"A download failed ({error.reason}): check the network and the address in the config or the arguments, or "
            "download the file yourself and give its path."
        )
    advice = ADVICE.get(error.errno, "--traceback shows where it failed.")
    return f"{_text(error).rstrip('.')}. {advice}"


def _origin(error: BaseException) -> str:
    """'ours' or 'library' if a ``raise`` statement in :data:`OURS` or :data:`LIBRARIES` raised the error; '' otherwise."""
    for path, on_purpose in _raised_at(error):
        if on_purpose:
            if path.startswith(OURS):
                return "ours"
            if path.startswith(_library_paths()):
                return "library"
    return ""


def _raised_at(error: BaseException) -> Iterator[tuple[str, bool]]:
    """The file that raised an error, and whether a ``raise`` statement did; also for an error from another process."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is not None:
        yield traceback.tb_frame.f_code.co_filename, _is_raise(traceback)
    # From other processes only the text of the traceback is available.
    text = str(error) if "\nOriginal Traceback" in str(error) else str(error.__cause__ or "")
    if places := re.findall(r'File "(.+?)", line \d+, in .+\n\s*(.*)', text):
        path, line = places[-1]
        yield path, line.startswith("raise ")


def _is_raise(traceback: TracebackType) -> bool:
    return traceback.tb_frame.f_code.co_code[traceback.tb_lasti] == opmap["RAISE_VARARGS"]


def _library_paths() -> tuple[str, ...]:
    paths = []
    for library in LIBRARIES:
        name, _, inside = library.partition("/")
        spec = find_spec(name)
        paths += [os.path.join(folder, *filter(None, [inside]), "") for folder in spec.submodule_search_locations or ()]
    return tuple(paths)
