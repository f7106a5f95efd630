# SPDX-License-Identifier: Apache-2.0
"""What a tool does as one of several processes: check how it was started, and leave the last word to the launcher."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Callable

from flip_mm.utils.plain_numbers import plain_int

from .errors import REFUSED, print_error, user_message, wants_traceback
from .interruption import Interrupted
from .output import protect_output

# Launcher -> what it sets in the environment, the rank first, and how it is called.
STARTED_BY = {
    "pytorch": (("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"), "bash tools/dist_train.sh CONFIG GPUS, or torchrun"),
    "slurm": (
        ("SLURM_PROCID", "SLURM_NTASKS", "SLURM_NODELIST"),
        "bash tools/slurm_train.sh PARTITION JOB_NAME CONFIG",
    ),
    "mpi": (("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK", "MASTER_ADDR"), "mpirun"),
}
# What a shell says of a program that SIGINT or SIGPIPE ended.
INTERRUPTED, CLOSED = 130, 141
HOW = "The launcher sets it: start with one."
LOCAL_PROCESSES = ("LOCAL_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE")


def check_launcher(launcher: str) -> None:
    """Compare ``--launcher`` with how this process was started.

    Gives Slurm jobs that share a machine different ports, and keeps warnings of other libraries to the first process.

    Args:
        launcher: ``'none'``, ``'pytorch'``, ``'slurm'`` or ``'mpi'``.

    Raises:
        ValueError: The launcher is another one, or starts more processes than there are GPUs.
    """
    processes = _environment_number("WORLD_SIZE", 1)
    if launcher == "none":
        if processes > 1:
            raise ValueError(
                f"{processes} processes were started (WORLD_SIZE) without --launcher: each would train alone and overwrite "
                "the others' files. Add --launcher pytorch, or use tools/dist_train.sh."
            )
        return
    import torch

    needed, command = STARTED_BY[launcher]
    missing = [name for name in needed if name not in os.environ]
    if missing:
        raise ValueError(f"--launcher {launcher}: {', '.join(missing)} not set in the environment. Start with {command}.")
    rank, size, most = _environment_number(needed[0], 0), _environment_number(needed[1], 1), 2**16 - 1
    if not 0 <= rank < size:
        raise ValueError(f"{needed[0]}={rank} in the environment must be in 0..{size - 1}, below {needed[1]}={size}. {HOW}")
    if not 0 <= (port := _environment_number("MASTER_PORT", 0)) <= most:
        raise ValueError(f"MASTER_PORT={port} in the environment must be in 0..{most}. {HOW}")
    local, gpus = max(_environment_number(name, 1) for name in LOCAL_PROCESSES), torch.cuda.device_count()
    if torch.cuda.is_available() and local > gpus:
        raise ValueError(f"{local} processes were started on this machine and {gpus} GPUs are visible: start at most {gpus}.")
    if not is_first(launcher):
        logging.getLogger().setLevel(logging.ERROR)
    if launcher == "slurm":
        os.environ.setdefault("MASTER_PORT", str(10_000 + _environment_number("SLURM_JOB_ID", 0) % 20_000))


def _environment_number(name: str, default: int) -> int:
    try:
        return plain_int(os.environ.get(name, str(default)))
    except ValueError as error:
        raise ValueError(f"{name} in the environment: {error}; it is set by the launcher.") from error


def is_first(launcher: str) -> bool:
    """Whether this process is the one that writes; before mmengine knows, and after :func:`check_launcher`."""
    return launcher == "none" or _environment_number(STARTED_BY[launcher][0][0], 0) == 0


def run_main(main: Callable[[], int | None]) -> int:
    """Call a tool's ``main`` and end as every tool ends.

    0 is success, 1 a result that is no success (a tool's own) or a fault of the software, with its traceback; 2 an error of the
    user, told in one last line; 130 an interruption. ``--traceback`` shows the traceback of the user's errors, too.

    Under torchrun an error is written down for the launcher, which ends the other processes and shows it, and not printed
    here: when the config is wrong all processes fail alike, and when one fails the others' errors are mere consequences.

    Args:
        main: Without arguments; returns an exit code, or None for 0.

    Returns:
        The exit code.
    """
    protect_output()
    try:
        if "TORCHELASTIC_ERROR_FILE" in os.environ:
            return _run_under_torchrun(main)
        code = main() or 0
    except KeyboardInterrupt as stop:
        # Of several processes the first one prints.
        if not isinstance(stop, Interrupted) or str(stop):
            print(str(stop) or "Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has closed it, as `head` does; Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED
    except Exception as error:
        return _end_with(error)
    _part()
    return code


def _end_with(error: Exception) -> int:
    """Tell an error; returns the exit code."""
    message = user_message(error)
    if message is None or wants_traceback():
        traceback.print_exception(error)
    if message is None:
        print_error(
            f"this is a fault of flip_mm or of a library that it uses, not of what you gave it ({type(error).__name__}): "
            "please report it with the lines above."
        )
        return 1
    print_error(message)
    return REFUSED


class Refusal(RuntimeError):
    """Carries the line of a user's error from a process to the launcher."""


def _run_under_torchrun(main: Callable[[], int | None]) -> int:
    def told() -> int:
        try:
            return main() or 0
        except Exception as error:
            if message := user_message(error):
                raise Refusal(message) from error
            raise

    from torch.distributed.elastic.multiprocessing.errors import record

    try:
        code = record(told)() or 0
    except Exception as error:
        return REFUSED if isinstance(error, Refusal) else 1
    _part()
    return code


def _part() -> None:
    distributed = sys.modules.get("torch.distributed")
    if distributed is not None and distributed.is_initialized():
        distributed.destroy_process_group()
