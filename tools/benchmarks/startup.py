# SPDX-License-Identifier: Apache-2.0
"""Measure how long commands take to start, each in a fresh Python.

The time is processor time of the process, which depends less on other load than wall-clock time; that is in the notes. `plain`
imports what every training with an MMPretrain plugin imports: PyTorch, MMEngine's runner, MMPretrain and open_clip.

python tools/benchmarks/startup.py --turns 5
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from _harness import add_arguments, compare, write_json

from flip_mm.apis import run_main
from flip_mm.cli.parser import Parser

ROOT = Path(__file__).parents[2]
PLAIN = "import torch, mmengine.runner, mmpretrain, open_clip"
TORCH = "import torch"
HEADER = "file,video,subject,domain,attack_type,label,score"
VIDEOS = 60


@dataclass
class Start:
    """A command in a fresh Python.

    Attributes:
        arguments: Arguments of Python.
        threads: OMP_NUM_THREADS of the process.
        wall: Wall-clock seconds of every call.
    """

    arguments: list[str]
    threads: int = 1
    wall: list[float] = field(default_factory=list)

    def __call__(self) -> tuple[float, float]:
        """Run the command.

        Returns:
            Its processor time in seconds, and its peak memory in MiB; Linux gives at least the memory of this process.
        """
        environment = os.environ | dict(PYTHONPATH=str(ROOT), OMP_NUM_THREADS=str(self.threads))
        with tempfile.TemporaryFile() as output:
            start = time.perf_counter()
            process = subprocess.Popen([sys.executable, *self.arguments], env=environment, stdout=output, stderr=output)
            _, status, usage = os.wait4(process.pid, 0)
            self.wall.append(time.perf_counter() - start)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                output.seek(0)
                raise RuntimeError(f"{' '.join(self.arguments)} failed:\n{output.read().decode(errors='replace')}")
        # Linux counts in KiB, macOS in bytes.
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def commands(scores: Path) -> dict[str, list[str]]:
    """Return name -> arguments of Python.

    Args:
        scores: A score file for `flip_mm evaluate`.
    """
    return {
        "plain": ["-c", PLAIN],
        "torch alone": ["-c", TORCH],
        "flip_mm train and test, before the config is read": ["-c", "import flip_mm.register"],
        "import flip_mm": ["-c", "import flip_mm"],
        "flip_mm --help": ["-m", "flip_mm", "--help"],
        "flip_mm train --help": ["-m", "flip_mm", "train", "--help"],
        f"flip_mm evaluate, {VIDEOS} scores": ["-m", "flip_mm", "evaluate", str(scores)],
    }


def write_scores(path: Path) -> Path:
    """Write a score file of one frame per video, every third real."""
    lines = [HEADER]
    for i in range(VIDEOS):
        real = i % 3 == 0
        score = (37 * i % VIDEOS) / (2 * VIDEOS) + 0.4 * real
        lines.append(f"{i}.png,v{i},{i % 10},O,{'bonafide' if real else 'print'},{int(real)},{score}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    add_arguments(parser, turns=5)
    return parser.parse_args()


def main() -> None:
    """Print the times and write the result."""
    args = parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scores = write_scores(Path(folder, "scores.csv"))
        ways = {name: Start(arguments, args.threads) for name, arguments in commands(scores).items()}
        results = compare(
            "start of a process",
            ways,
            unit="starts",
            turns=args.turns,
            time_of=lambda call, _: call()[0],
            memory_of=lambda call, _: call()[1],
        )
    for result, way in zip(results, ways.values(), strict=True):
        # The first call fills the disk cache, the last one measures memory.
        result.notes["wall-clock seconds"] = round(median(way.wall[1:-1]), 4)
    write_json(args.json, results)


if __name__ == "__main__":
    sys.exit(run_main(main))
