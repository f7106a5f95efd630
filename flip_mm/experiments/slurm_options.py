# SPDX-License-Identifier: Apache-2.0
"""What a job asks Slurm for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flip_mm.utils.plain_numbers import plain_int

# Minutes. Slurm ends a job after its time; it is then requeued and continues from its last checkpoint.
DAY = 24 * 60
CPUS, CPUS_OF_GPU = 1, 5
RESTARTS = 20
# Set by this package or by submitit.
OURS = ("array", "comment", "error", "job-name", "nodes", "ntasks", "ntasks-per-node", "output", "partition", "signal", "wrap")
NAMES = ("time", "gpus", "cpus-per-task", "mem", "restarts")
FORMS = "minutes, HH:MM:SS or D-HH:MM:SS"


@dataclass(frozen=True)
class SlurmOptions:
    """The resources of a job, which has one task.

    Attributes:
        time: Minutes after which Slurm ends the job; None: a day, or the limit of the partition if that is shorter.
        gpus: Number of GPUs, or ``type:number``; None: one in a partition with GPUs, otherwise none.
        cpus: Number of cores; None: 5 with a GPU, otherwise 1.
        mem: Memory as Slurm reads it, ``'16G'``; None: the default of the partition.
        restarts: How often a job continues after its time is over.
        others: Further options of sbatch, without the dashes.
    """

    time: int | None = None
    gpus: str | None = None
    cpus: int | None = None
    mem: str | None = None
    restarts: int = RESTARTS
    others: dict[str, str] = field(default_factory=dict)

    @property
    def has_gpu(self) -> bool:
        """Whether a job has a GPU."""
        return self.gpus not in (None, "0") or any(name in self.others for name in ("gres", "gpus-per-task", "gpus-per-node"))

    def for_partition(self, limit: int | None, has_gpus: bool) -> SlurmOptions:
        """Return the options with defaults for a partition.

        Args:
            limit: Its limit of time in minutes; None for no limit.
            has_gpus: Whether its machines have GPUs.
        """
        gpus = self.gpus or ("1" if has_gpus and not self.has_gpu else "0")
        chosen = replace(self, gpus=gpus, time=self.time or min(DAY, limit or DAY))
        return replace(chosen, cpus=self.cpus or (CPUS_OF_GPU if chosen.has_gpu else CPUS))

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of submitit's executor, after :meth:`for_partition`."""
        # Without `requeue` some clusters end a job for good when its machine fails.
        more: dict[str, Any] = {"requeue": True, **self.others}
        if self.mem:
            more["mem"] = self.mem
        chosen = dict(time=self.time, cpus_per_task=self.cpus, srun_args=[f"--cpus-per-task={self.cpus}"])
        if self.gpus != "0":
            chosen["gpus_per_node"] = self.gpus
        return chosen | dict(additional_parameters=more)


def parse_options(words: Sequence[str]) -> SlurmOptions:
    """Read ``KEY=VALUE`` words: ``time``, ``gpus``, ``cpus-per-task``, ``mem``, ``restarts``, or an option of sbatch.

    Raises:
        ValueError: A word is no ``KEY=VALUE``, a value is wrong, or a key is given twice or set by flip_mm itself.
    """
    values: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        key = key.lstrip("-").replace("_", "-")
        if not (equals and value and value.isprintable() and re.fullmatch(r"[a-z][a-z-]*", key)):
            raise ValueError(f"--slurm-options takes KEY=VALUE, such as time=720 or account=NAME, got '{word}'.")
        if key in OURS:
            raise ValueError(f"--slurm-options {key}: flip_mm sets it itself; leave it out.")
        if key in values:
            raise ValueError(f"--slurm-options {key} is given twice: leave one out.")
        values[key] = value
    time, gpus, cpus, mem, restarts = (values.pop(name, None) for name in NAMES)
    if gpus is not None and not re.fullmatch(r"([\w.-]+:)?\d+", gpus):
        raise ValueError(f"--slurm-options gpus must be a number, or TYPE:NUMBER such as a100:1, got '{gpus}'.")
    if mem is not None and not re.fullmatch(r"\d+[KMGT]?", mem):
        raise ValueError(f"--slurm-options mem must be memory such as 16G, got '{mem}'.")
    return SlurmOptions(
        time=None if time is None else _minutes(time),
        gpus=gpus,
        cpus=_number("cpus-per-task", cpus, 1),
        mem=mem,
        restarts=RESTARTS if restarts is None else _number("restarts", restarts, 0) or 0,
        others=values,
    )


def _minutes(text: str) -> int:
    try:
        minutes = read_time(text)
    except ValueError:
        minutes = None
    if not minutes:
        raise ValueError(f"--slurm-options time must be {FORMS}, above 0, got '{text}'.")
    return minutes


def _number(name: str, text: str | None, least: int) -> int | None:
    if text is None:
        return None
    try:
        number = plain_int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise ValueError(f"--slurm-options {name} must be a whole number of at least {least}, got '{text}'.")
    return number


def read_time(text: str) -> int | None:
    """Return the whole minutes of a time as Slurm writes it, rounded up; None for ``infinite``.

    >>> read_time("90"), read_time("1:30:00"), read_time("2-00:00:00"), read_time("1-12"), read_time("0:30")
    (90, 90, 2880, 2160, 1)

    Raises:
        ValueError: The text is no time.
    """
    if text.lower() in ("infinite", "unlimited", "n/a", "none"):
        return None
    days, dash, rest = text.rpartition("-")
    numbers = [plain_int(part) for part in rest.split(":")]
    if len(numbers) > 3 or min(numbers) < 0:
        raise ValueError(f"'{text}' is no time: {FORMS}.")
    if dash:
        hours, minutes, seconds = (*numbers, 0, 0)[:3]
        hours += 24 * plain_int(days)
    else:
        # A lone number is minutes, and of two the first.
        hours, minutes, seconds = numbers if len(numbers) == 3 else (0, *numbers, 0)[:3]
    return hours * 60 + minutes + (seconds > 0)
