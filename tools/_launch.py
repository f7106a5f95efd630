# SPDX-License-Identifier: Apache-2.0
"""Run torchrun with MMPretrain's environment variables, and print only the first error. For dist_train.sh and dist_test.sh.

Arguments: the number of processes, a script, and the script's arguments.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from torch.distributed import DistNetworkError, run
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure

DEFAULT_PORT = "29500"
# As flip_mm.apis.processes has it, for SIGINT and SIGTERM.
INTERRUPTED = 130


def torchrun_arguments(processes: str, environment: Mapping[str, str]) -> list[str]:
    """Return torchrun's arguments for the numbers of processes and machines, and their connection.

    Args:
        processes: Number of processes on this machine, as text.
        environment: May set NNODES, NODE_RANK, MASTER_ADDR, PORT.

    Returns:
        Arguments of torchrun. On one machine without PORT a free port is used.

    Raises:
        ValueError: A number is not above 0, or the address or rank is missing for several machines.
    """
    nodes = environment.get("NNODES", "1")
    for name, value in (("GPUS", processes), ("NNODES", nodes)):
        if not (value.isdecimal() and int(value)):
            raise ValueError(f"{name} must be a whole number above 0, got '{value}'.")
    port = environment.get("PORT", "")
    if port and not (port.isdecimal() and 0 < int(port) < 2**16):
        raise ValueError(f"PORT must be a number in 1..65535, got '{port}'.")
    if nodes == "1" and not port:
        return ["--standalone", f"--nproc-per-node={processes}"]
    if nodes != "1" and not ("MASTER_ADDR" in environment and environment.get("NODE_RANK", "").isdecimal()):
        raise ValueError(
            f"NNODES={nodes}: set MASTER_ADDR to the address of the first machine, and NODE_RANK to 0 there and to 1, 2, ... "
            f"on the others; PORT ({DEFAULT_PORT}) must be the same on all and free on the first."
        )
    return [
        f"--nnodes={nodes}",
        f"--node-rank={environment.get('NODE_RANK', '0')}",
        f"--master-addr={environment.get('MASTER_ADDR', '127.0.0.1')}",
        f"--master-port={environment.get('PORT') or DEFAULT_PORT}",
        f"--nproc-per-node={processes}",
    ]


def describe(failures: Mapping[int, ProcessFailure]) -> tuple[str, int]:
    """Return the message and exit code of the process that failed first; other errors are often its copies or consequences.

    Args:
        failures: Rank -> failure.

    Returns:
        The line of a user error, or the traceback of another error, or the exit code of the process; and the launcher's exit
        code, 2 for a user error and a wrong command line.
    """

    def moment(rank: int) -> float:
        file = Path(failures[rank].error_file)
        return file.stat().st_mtime if file.is_file() else failures[rank].timestamp + 1

    first = min(failures, key=moment)
    failure = failures[first]
    if isinstance(failure.message, dict):
        kind, _, line = failure.message.get("message", "").partition(": ")
        text = f"Process {first} failed, the others were ended:\n\n{failure.message['extraInfo']['py_callstack'].strip()}"
        if kind != "Refusal":  # flip_mm.apis.processes.Refusal
            return text, 1
        return (f"{text}\n{line}" if os.environ.get("FLIP_MM_TRACEBACK") or "--traceback" in sys.argv else line), 2
    signal = f", {failure.signal_name()}" if failure.exitcode < 0 else ""
    text = f"Process {first} ended with exit code {failure.exitcode}{signal}; see its output above."
    return text, 2 if failure.exitcode == 2 else 1


def main() -> int:
    """Start the processes and wait for them."""
    if len(sys.argv) < 3:
        return _end("The number of processes and a script are needed: use tools/dist_train.sh or tools/dist_test.sh.", 2)
    try:
        arguments = torchrun_arguments(sys.argv[1], os.environ)
    except ValueError as error:
        return _end(str(error), 2)
    # Otherwise every process would start one thread per core.
    threads = str(max((os.cpu_count() or 1) // int(sys.argv[1]), 1))
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, threads)
    try:
        run.main([*arguments, *sys.argv[2:]])
    except ChildFailedError as error:
        return _end(*describe(error.failures))
    except DistNetworkError as error:
        if "EADDRINUSE" not in str(error):
            raise
        port = os.environ.get("PORT") or DEFAULT_PORT
        return _end(f"PORT={port} is in use on this machine: set another PORT. On one machine it may be left unset.", 2)
    except SignalException:
        return INTERRUPTED
    return 0


def _end(text: str, code: int) -> int:
    # Imported only after an error.
    from flip_mm.utils.text import safe_text

    print(safe_text(text), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
