# SPDX-License-Identifier: Apache-2.0
"""Time metrics, score files, bootstrap intervals and the gathering of frames, plain and ours.

python tools/benchmarks/metrics.py
python tools/benchmarks/metrics.py --large --json metrics.json
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import _plain_metrics as plain
import numpy as np
import pyarrow
from _harness import Result, add_arguments, compare, write_json

from flip_mm.apis import run_main
from flip_mm.cli.parser import Parser
from flip_mm.evaluation import EvaluationOptions, Provenance, Report, ScoreTable, make_reports, read_score_file, write_scores
from flip_mm.evaluation.frame_store import Frames
from flip_mm.evaluation.score_table import COLUMNS, TEXTS
from flip_mm.evaluation.text_column import Codes, as_texts

ORIGIN = Provenance("p1", "OCI->M", 0, "best_target_HTER_iter_8.pth", 8, "target", "target/HTER", 0)
FRAMES_PER_VIDEO = 10
ATTACKS = ("print", "replay", "mask")
# Videos of the largest test set of the published protocols, and resamples.
VIDEOS, RESAMPLES = 3580, 1000


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("--large", action="store_true", help="10^7 frames as well: 5 minutes, 4 GiB and 2 GB of disk")
    add_arguments(parser, turns=3)
    return parser.parse_args()


def frames(size: int) -> ScoreTable:
    """Make frames of videos with overlapping scores; every third video is real."""
    rng = np.random.default_rng(0)
    videos = -(-size // FRAMES_PER_VIDEO)
    video = np.repeat(np.arange(videos, dtype=np.int32), FRAMES_PER_VIDEO)[:size]
    attack = np.where(video % 3 == 0, 0, 1 + video % 4 % 3).astype(np.int32)
    names = dict(
        file=Codes(
            as_texts([f"O/test/{i // 10:07d}/frame_{i % 10}.png" for i in range(size)]), np.arange(size, dtype=np.int32)
        ),
        video=Codes(as_texts([f"O/{i:07d}" for i in range(videos)]), video),
        subject=Codes(as_texts([str(i) for i in range(5000)]), video % 5000),
        domain=Codes(as_texts(["O"]), np.zeros(size, np.int32)),
        attack_type=Codes(as_texts(["bonafide", *ATTACKS]), attack),
    )
    score = np.clip(rng.normal(0.35 + 0.3 * (attack == 0), 0.15), 0, 1)
    return ScoreTable.from_columns(**names, label=(attack == 0).astype(np.int64), score=score)


def report(table: ScoreTable, level: str = "frame") -> Report:
    """Compute all 13 metrics, and the warnings."""
    made = make_reports(dict(target=table), EvaluationOptions(level=level))["target"]
    made.to_dict()
    return made


def ours_gathered(parts: list[Frames]) -> Frames:
    """Send and receive the frames of all processes, without the network, and put them in order."""
    return Frames.joined([Frames.from_bytes(part.to_bytes()) for part in parts]).in_order()


def gather_inputs(table: ScoreTable) -> tuple[list[list[tuple]], list[Frames]]:
    """Distribute frames over two processes, as rows and as columns."""
    index = np.arange(len(table))
    role = Codes(as_texts(["target"]), np.zeros(len(table), np.int32))
    columns = {name: table.column(name) for name in TEXTS}
    every = Frames(index=index, label=table.label, score=table.score, role=role, **columns)
    parts = [every.take(index[rank::2]) for rank in range(2)]
    rows = []
    for part in parts:
        texts = (getattr(part, name).texts().tolist() for name in ("role", *TEXTS))
        rows.append(list(zip(part.index.tolist(), part.label.tolist(), part.score.tolist(), *texts, strict=True)))
    return rows, parts


def measure_metrics(turns: int) -> list[Result]:
    """Measure metrics of frame scores."""
    found = []
    for power in (5, 6):
        table = frames(10**power)
        ways = {
            "plain": partial(plain.released_metrics, table.score, table.label),
            "scikit-learn, one search": partial(plain.sorted_metrics, table.score, table.label),
            "ours, all metrics": partial(report, table),
        }
        if power > 5:
            ways.pop("plain")  # a minute
        found += compare(f"metrics of 10^{power} scores", ways, 10**power, "scores", turns, warmup=0)
    return found


def measure_files(turns: int, folder: Path) -> list[Result]:
    """Measure reading and writing of a score file."""
    table, path = frames(10**6), folder / "scores.csv"
    timed = partial(compare, units=10**6, unit="rows", turns=turns, warmup=0)
    more = ("p1", "OCI->M", 0, ORIGIN.checkpoint, 8, "target", "target/HTER", 0, "paper")
    rows = [(*row, *more) for row in table.rows()]
    header = [*COLUMNS, *(f"more_{i}" for i in range(len(more)))]
    ways = {
        "plain": partial(plain.write, header, rows, folder / "plain.csv"),
        "ours": partial(write_scores, table, path, ORIGIN, "paper"),
    }
    found = timed("write 10^6 rows", ways)
    found += timed("read 10^6 rows", {"plain, no checks": partial(plain.read, path), "ours": partial(read_score_file, path)})
    return found + timed("read, check and evaluate 10^6 rows", {"ours": lambda: report(read_score_file(path).frames)})


def measure_bootstrap(turns: int) -> list[Result]:
    """Measure intervals of the largest test set of the published protocols."""
    videos = report(frames(VIDEOS * FRAMES_PER_VIDEO), "video")
    ways = {
        "plain": partial(plain.bootstrap, videos.samples.score, videos.samples.label, RESAMPLES),
        "ours": partial(videos.bootstrap, "video", RESAMPLES),
    }
    return compare(f"bootstrap of {VIDEOS} videos", ways, RESAMPLES, "resamples", turns, warmup=0)


def measure_gather(turns: int) -> list[Result]:
    """Measure what one of two processes does with the frames of both."""
    rows, parts = gather_inputs(frames(10**6))
    ways = {"plain": partial(plain.gather, rows), "ours": partial(ours_gathered, parts)}
    return compare("gather 10^6 frames of 2 processes, without the network", ways, 10**6, "frames", turns, warmup=0)


def measure_large(folder: Path) -> list[Result]:
    """Measure 10^7 frames, once."""
    path, spent = folder / "large.csv", {}
    write_scores(frames(10**7), path, ORIGIN, "paper")

    def evaluate() -> None:
        start = time.process_time()
        report(read_score_file(path).frames)
        spent["cpu_seconds"] = time.process_time() - start

    found = compare("read, check and evaluate 10^7 rows", {"ours": evaluate}, 10**7, "rows", turns=1, warmup=0)
    found[0].notes.update(spent, mib_of_file=os.path.getsize(path) / 2**20)
    return found


def main() -> None:
    """Measure and print."""
    args = parse_args()
    pyarrow.set_cpu_count(args.threads)
    with tempfile.TemporaryDirectory() as folder:
        found = measure_metrics(args.turns) + measure_files(args.turns, Path(folder))
        found += measure_bootstrap(args.turns) + measure_gather(args.turns)
        found += measure_large(Path(folder)) if args.large else []
        write_json(args.json, found)


if __name__ == "__main__":
    sys.exit(run_main(main))
