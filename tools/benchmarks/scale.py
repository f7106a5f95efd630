# SPDX-License-Identifier: Apache-2.0
"""Time what grows with a data set: reading its lists, finding its files, batches of indices, and the doctor.

The lists are generated, in the official naming, in a temporary folder.

python tools/benchmarks/scale.py --lines 100000 1000000 --json scale.json
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import torch
from _harness import Result, add_arguments, compare, peak_mib, write_json
from _plain_scale import PlainDataset, plain_batch, plain_facts

from flip_mm.apis import integer, run_main
from flip_mm.cli.parser import Parser
from flip_mm.datasets import DomainClassBatchSampler, FASDataset
from flip_mm.doctor.image_facts import inspect_image
from flip_mm.synthetic.writer import write_dataset

STEMS = ("replay", "casia", "msu", "celeb")
# Files are made for at most this number of lines.
MOST_FILES = 100_000
FORK = multiprocessing.get_context("fork")


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("--lines", type=integer(1), nargs="+", default=[100_000, 1_000_000], help="lines of all lists")
    add_arguments(parser, turns=3)
    return parser.parse_args()


def line_of(stem: str, word: str, i: int) -> str:
    """Line i of a list."""
    real = word == "real"
    client, more = i % 1000, i // 1000
    if stem == "replay":
        tail = f"client{client:03d}_session{more % 100:02d}"
        kinds = f"real_{tail}_webcam_authenticate_adverse_{more // 100}", f"{('fixed', 'hand')[more // 100 % 2]}_attack_mobile"
        text = kinds[0] if real else f"{kinds[1]}_{tail}_mobile_video_controlled"
    elif stem == "casia":
        text = f"{i + 1}_{1 if real else 3}"
    elif stem == "msu":
        text = f"{'real' if real else 'attack'}_client{client:03d}_android_SD_{'' if real else 'ipad_video_'}scene{more:02d}"
    else:
        return f"celeb/{word}/{i % 10177 + 1}_{'live' if real else 'spoof'}_{i:06d}.jpg"
    return f"{stem}/train/{word}/{text}_frame0.png"


def write_lists(root: Path, lines: int, files: bool) -> None:
    """Write the lists of a training on I, C, M and CelebA-Spoof, and empty files if wanted."""
    (root / "txt").mkdir(parents=True)
    for stem in STEMS:
        for word in ("real", "fake"):
            own = [line_of(stem, word, i) for i in range(lines // 8)]
            (root / "txt" / f"{stem}_{word}_train.txt").write_text("\n".join(own), encoding="utf-8")
            if files:
                (root / "frame" / own[0]).parent.mkdir(parents=True)
                for line in own:
                    (root / "frame" / line).touch()


def data_sets(root: Path, lines: int, turns: int) -> Iterator[Result]:
    """Read the lists, and find the files of short ones."""
    is_short = lines <= MOST_FILES
    ours = partial(FASDataset, dict(protocol="p1", target="O"), "train", str(root), pipeline=[])
    ways = dict(plain=lambda: PlainDataset(data_root=str(root)), ours=lambda: ours(check_files=False))
    # Memory that was used before would be used again, so the peak is that of a new process.
    peaks = {way: in_process(partial(peak_mib, call)) for way, call in ways.items()}
    for result in compare(f"data set of {lines:,} lines", ways, lines, "lines", turns if is_short else 1, int(is_short)):
        result.peak_mib = peaks[result.way]
        print(f"  {result.way}: {result.peak_mib:.0f} MiB in a new process")
        yield result
    if is_short:
        found = dict(plain=lambda: _check_each(PlainDataset(data_root=str(root))), ours=ours)
        yield from compare(f"data set of {lines:,} lines, and whether their files exist", found, lines, "lines", turns)
    data = ours(check_files=False)
    sampler = DomainClassBatchSampler(SimpleNamespace(dataset=data, seed=1, rank=0, world_size=1), batch_size=3)
    streams = {key: np.array(indices) for key, indices in data.streams.items()}
    if any(sampler.batch_at(t) != plain_batch(streams, 3, 1, t) for t in (0, 1, 10**5)):
        raise RuntimeError("The batches differ.")
    plain, own = count(), count()
    batches = dict(
        plain=lambda: [plain_batch(streams, 3, 1, next(plain)) for _ in range(20)],
        ours=lambda: [sampler.batch_at(next(own)) for _ in range(20)],
    )
    yield from compare(f"batches of indices of {lines:,} images", batches, 20, "batches", turns=5)


def in_process(call: Callable[[], float | None]) -> float | None:
    """Return what a call returns in a forked process."""
    receiver, sender = FORK.Pipe(duplex=False)
    process = FORK.Process(target=lambda: sender.send(call()))
    process.start()
    value = receiver.recv()
    process.join()
    return value


def _check_each(data: PlainDataset) -> None:
    for index in range(len(data)):
        if not Path(data.get_data_info(index)["img_path"]).is_file():
            raise FileNotFoundError(data.get_data_info(index)["img_path"])


def doctor(root: Path, side: int, turns: int) -> list[Result]:
    """Check images of a synthetic set."""
    write_dataset(root, videos=6, size=side, seed=0, workers=1)
    folder = root / "frame"
    paths = sorted(folder.rglob("*.png"))
    names = [str(path.relative_to(folder)) for path in paths]
    ways = dict(
        plain=lambda: [plain_facts(path) for path in paths],
        ours=lambda: [inspect_image(name, folder) for name in names],
    )
    return compare(f"doctor, PNG of {side} px", ways, len(paths), "images", turns)


def main() -> None:
    """Print the table."""
    args = parse_args()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(args.threads)
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder:
        for lines in args.lines:
            write_lists(Path(folder) / f"lines{lines}", lines, files=lines <= MOST_FILES)
            results += data_sets(Path(folder) / f"lines{lines}", lines, args.turns)
        for side in (112, 224):
            results += doctor(Path(folder) / f"images{side}", side, args.turns)
    write_json(args.json, results)


if __name__ == "__main__":
    sys.exit(run_main(main))
