# SPDX-License-Identifier: Apache-2.0
"""Time several ways to do the same work, in turns, and write the result as JSON.

The ways take turns within one process, so that other load on the machine affects all of them, and each ratio compares calls
that follow each other.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from flip_mm.apis.arguments import integer

PROC = Path("/proc/self")


@dataclass
class Result:
    """One way to do a piece of work.

    Attributes:
        part: The work, e.g. ``'training data, 3 views of 224 px'``.
        way: Name of the way; ``'plain'`` is a small reference of what the released code does.
        seconds: Median wall-clock time of a call.
        quartiles: First and third quartile of the times.
        units: Things that one call processes.
        unit: What they are, e.g. ``'images'``.
        ratio: Median over turns of (time of the first way / time of this way): above 1 is faster than the first way.
        peak_mib: Memory that a call adds to the process at its peak, in MiB; on a GPU, memory of the device. None if unknown.
        notes: Further measured values.
    """

    part: str
    way: str
    seconds: float
    quartiles: tuple[float, float]
    units: int
    unit: str
    ratio: float
    peak_mib: float | None
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Units per second."""
        return self.units / self.seconds


def compare(
    part: str,
    ways: Mapping[str, Callable[[], Any]],
    units: int = 1,
    unit: str = "calls",
    turns: int = 10,
    warmup: int = 1,
    device: str = "cpu",
    time_of: Callable[[Callable[[], Any], str], float] | None = None,
    memory_of: Callable[[Callable[[], Any], str], float | None] | None = None,
) -> list[Result]:
    """Time the ways in turns.

    Args:
        part: Name of the work.
        ways: Name -> function without arguments; the first is the reference of the ratios.
        units: Things that one call processes.
        unit: What they are.
        turns: Measured calls of each way.
        warmup: Calls of each way that are not measured.
        device: Where the work runs; a GPU is synchronised after each call.
        time_of: Makes a call and returns its time; without it :func:`seconds`.
        memory_of: Makes a call and returns its peak memory in MiB; without it :func:`peak_mib`.

    Returns:
        One result per way, in their order.
    """
    time_of, memory_of = time_of or seconds, memory_of or peak_mib
    for _ in range(warmup):
        for call in ways.values():
            time_of(call, device)
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(turns):
        for way, call in ways.items():
            times[way].append(time_of(call, device))
    first = next(iter(times.values()))
    results = []
    for way, call in ways.items():
        own = times[way]
        low, _, high = quantiles(own, n=4) if len(own) > 1 else own * 3
        ratio = median(a / b for a, b in zip(first, own, strict=True))
        results.append(Result(part, way, median(own), (low, high), units, unit, ratio, memory_of(call, device)))
        print(line(results[-1]), flush=True)
    return results


def seconds(call: Callable[[], Any], device: str = "cpu") -> float:
    """Return the wall-clock time of one call, without the time of Python's garbage collector."""
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        call()
        _synchronize(device)
        return time.perf_counter() - start
    finally:
        gc.enable()


def peak_mib(call: Callable[[], Any], device: str = "cpu") -> float | None:
    """Return the memory that one call adds at its peak, in MiB; None where the system does not tell."""
    if device.startswith("cuda"):
        import torch

        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        call()
        torch.cuda.synchronize()
        return (torch.cuda.max_memory_allocated() - before) / 2**20
    _return_freed_memory()
    try:
        # Linux: 5 resets the highest resident size of the process.
        (PROC / "clear_refs").write_text("5")
    except OSError:
        return None
    before = _status("VmRSS")
    call()
    return (_status("VmHWM") - before) / 1024


def line(result: Result) -> str:
    """Return one line for the terminal."""
    peak = "" if result.peak_mib is None else f"  {result.peak_mib:8.1f} MiB"
    text = f"{result.part}, {result.way}: {1000 * result.seconds:.4g} ms, {result.rate:,.4g} {result.unit}/s"
    return f"{text}  {result.ratio:.2f}x{peak}"


def write_json(path: Path | None, results: Sequence[Result], device: str = "cpu") -> None:
    """Write results, versions and hardware.

    Args:
        path: The file; None writes nothing.
        results: What was measured.
        device: Where it ran.
    """
    if path is None:
        return
    record = dict(environment=environment(device), results=[asdict(result) for result in results])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(f"Written: {path}")


def environment(device: str = "cpu") -> dict[str, Any]:
    """Return command, date, versions and hardware; no name of a user, machine or folder."""
    import torch

    from flip_mm.engine.records.run_record import versions

    command = " ".join(["python", f"tools/benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]])
    name = torch.cuda.get_device_name() if device.startswith("cuda") else processor()
    return dict(
        command=command,
        date=datetime.now(timezone.utc).date().isoformat(),
        device=name,
        threads=torch.get_num_threads(),
        instructions=torch.backends.cpu.get_cpu_capability(),
        system=f"{platform.system()} {platform.machine()}",
        versions=versions(),
    )


def processor() -> str:
    """Return the name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((text.partition(":")[2].strip() for text in lines if text.startswith("model name")), platform.machine())


def add_arguments(parser: argparse.ArgumentParser, turns: int, many_threads: bool = False) -> None:
    """Add the arguments of all benchmarks; with ``many_threads``, ``--threads`` is a list of numbers."""
    parser.add_argument("--turns", type=integer(1), default=turns, help=f"measured calls of each way ({turns})")
    threads = dict(nargs="+", default=[1]) if many_threads else dict(default=1)
    parser.add_argument("--threads", type=integer(1), help="threads of PyTorch and OpenCV (1)", **threads)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result into this file")


def _synchronize(device: str) -> None:
    if device.startswith("cuda"):
        import torch

        torch.cuda.synchronize()


def _return_freed_memory() -> None:
    """Give memory that earlier calls freed back to the system; otherwise the next call would seem to need less."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):  # not glibc
        return


def _status(key: str) -> int:
    """A value of /proc/self/status, in KiB."""
    lines = (PROC / "status").read_text(encoding="utf-8").splitlines()
    return int(next(text for text in lines if text.startswith(key + ":")).split()[1])
