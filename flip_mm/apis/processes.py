# SPDX-License-Identifier: Apache-2.0
"""What a tool does as one of several processes: check how it was started, and leave the last word to the launcher."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable

import torch
from torch import distributed
from torch.distributed.elastic.multiprocessing.errors import record

# Launcher -> what it sets in the environment, the rank first, and how it is called.
STARTED_BY = {
    "pytorch": (("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"), "bash tools/dist_train.sh CONFIG GPUS, or torchrun"),
    "slurm": (
        ("SLURM_PROCID", "SLURM_NTASKS", "SLURM_NODELIST"),
        "bash tools/slurm_train.sh PARTITION JOB_NAME CONFIG",
    ),
    "mpi": (("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK", "MASTER_ADDR"), "mpirun"),
}
LOCAL_PROCESSES = ("LOCAL_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE")


def check_launcher(launcher: str) -> None:
    """Compare ``--launcher`` with how this process was started.

    Gives Slurm jobs that share a machine different ports, and keeps warnings of other libraries to the first process.

    Args:
        launcher: ``'none'``, ``'pytorch'``, ``'slurm'`` or ``'mpi'``.

    Raises:
        ValueError: The launcher is another one, or starts more processes than there are GPUs.
    """
    processes = int(os.environ.get("WORLD_SIZE", 1))
    if launcher == "none":
        if processes > 1:
            raise ValueError(
                f"{processes} processes were started (WORLD_SIZE) without --launcher: each would train alone and overwrite "
                "the others' files. Add --launcher pytorch, or use tools/dist_train.sh."
            )
        return
    needed, command = STARTED_BY[launcher]
    missing = [name for name in needed if name not in os.environ]
    if missing:
        raise ValueError(f"--launcher {launcher}: {', '.join(missing)} not set in the environment. Start with {command}.")
    local, gpus = max(int(os.environ.get(name, 1)) for name in LOCAL_PROCESSES), torch.cuda.device_count()
    if torch.cuda.is_available() and local > gpus:
        raise ValueError(f"{local} processes were started on this machine and {gpus} GPUs are visible: start at most {gpus}.")
    if not is_first(launcher):
        logging.getLogger().setLevel(logging.ERROR)
    if launcher == "slurm":
        os.environ.setdefault("MASTER_PORT", str(10_000 + int(os.environ.get("SLURM_JOB_ID", 0)) % 20_000))


def is_first(launcher: str) -> bool:
    """Whether this process is the one that writes; before mmengine knows, and after :func:`check_launcher`."""
    return launcher == "none" or int(os.environ[STARTED_BY[launcher][0][0]]) == 0


def run_main(main: Callable[[], None]) -> None:
    """Call a tool's ``main``.

    Under torchrun an error is written down for the launcher, which ends the other processes and shows it, and not printed
    here: when the config is wrong all processes fail alike, and when one fails the others' errors are mere consequences.

    Args:
        main: Without arguments.
    """
    if "TORCHELASTIC_ERROR_FILE" in os.environ:
        try:
            record(main)()
        except Exception:
            sys.exit(1)
    else:
        main()
    if distributed.is_initialized():
        distributed.destroy_process_group()
