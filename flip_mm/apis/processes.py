# SPDX-License-Identifier: Apache-2.0
"""Run a tool's main function as one of several processes, and convert errors to exit codes."""

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

# Launcher -> the environment variables that it sets, the rank first, and the command to start it.
STARTED_BY = {
    "pytorch": (("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"), "bash tools/dist_train.sh CONFIG GPUS, or torchrun"),
    "slurm": (
        ("SLURM_PROCID", "SLURM_NTASKS", "SLURM_NODELIST"),
        "bash tools/slurm_train.sh PARTITION JOB_NAME CONFIG",
    ),
    "mpi": (("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK", "MASTER_ADDR"), "mpirun"),
}
# Exit codes for SIGINT and SIGPIPE, as in a shell.
INTERRUPTED, CLOSED = 130, 141
HOW = "The launcher sets it: start with a launcher."
LOCAL_PROCESSES = ("LOCAL_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE")


def check_launcher(launcher: str) -> None:
    """Compare ``--launcher`` with the environment of this process.

    It also gives Slurm jobs on the same machine different ports, and lets only the first process print libraries' warnings.

    Args:
        launcher: ``'none'``, ``'pytorch'``, ``'slurm'`` or ``'mpi'``.

    Raises:
        ValueError: Another launcher started this process, or there are more processes than GPUs.
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
    """Return whether this process is the first one, which writes files; call after :func:`check_launcher`."""
    return launcher == "none" or _environment_number(STARTED_BY[launcher][0][0], 0) == 0


def run_main(main: Callable[[], int | None]) -> int:
    """Call a tool's ``main``, print errors, and return the exit code.

    Exit codes: 0 success; 1 a negative result of the tool, or a fault of the software with its traceback; 2 a user error in one
    line; 130 an interruption. ``--traceback`` also shows the traceback of user errors.

    Under torchrun an error is not printed here but given to the launcher, which stops the other processes and prints it once:
    often all processes fail with the same error, or because of the first one.

    Args:
        main: Has no arguments; returns an exit code, or None for 0.

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
        # The reader of the output has closed it, as `head` does; Python would print an error at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED
    except Exception as error:
        return _print_exception(error)
    _leave_process_group()
    return code


def _print_exception(error: Exception) -> int:
    """Print an error and return the exit code."""
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
    """Carries the message of a user error from a process to the launcher."""


def _run_under_torchrun(main: Callable[[], int | None]) -> int:
    def with_message() -> int:
        try:
            return main() or 0
        except Exception as error:
            if message := user_message(error):
                raise Refusal(message) from error
            raise

    from torch.distributed.elastic.multiprocessing.errors import record

    try:
        code = record(with_message)() or 0
    except Exception as error:
        return REFUSED if isinstance(error, Refusal) else 1
    _leave_process_group()
    return code


def _leave_process_group() -> None:
    distributed = sys.modules.get("torch.distributed")
    if distributed is not None and distributed.is_initialized():
        distributed.destroy_process_group()
