# SPDX-License-Identifier: Apache-2.0
"""Print the training and test data of a run: images per stream, steps per pass, test videos, overlap.

Only the lists are read; the images are not needed.

flip_mm print_run flip_mcl_p1 --target M
"""

from __future__ import annotations

from argparse import Namespace
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from flip_mm.utils.shipped import config_file

from .config_arguments import add_data_arguments
from .parser import Parser

if TYPE_CHECKING:
    from flip_mm.datasets.protocols import Run
    from flip_mm.datasets.run_samples import Streams
    from flip_mm.datasets.sample_table import SampleTable


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    add_data_arguments(parser)
    return parser.parse_args()


def main() -> None:
    """Print the run."""
    args = parse_args()
    config_file(args.config)
    from flip_mm.apis.run_config import load_run
    from flip_mm.datasets.leakage import find_leaks
    from flip_mm.datasets.run_samples import stream_sizes
    from flip_mm.labels import CLASSES

    cfg = load_run(args, ("train_dataloader", "test_dataloader"))
    run, (trained, streams) = _read(cfg.train_dataloader.dataset, "train")
    _, (tested, _) = _read(cfg.test_dataloader.dataset, "test")
    batch = cfg.train_dataloader.batch_size
    sizes = stream_sizes(streams, batch, (cfg.train_dataloader.get("batch_sampler") or {}).get("unlabelled_size"))
    extra = f"auxiliary: {', '.join(run.aux) or 'none'}, {run.shots} shots, holdout {run.holdout:g}"
    extra += f", unlabelled images of the target's {run.unlabelled} list" if run.unlabelled else ""
    print(f"Protocol {run.protocol}, {run.name}, {extra}")
    each = f"{batch} of each of {len(sizes)} streams" if len({*sizes.values()}) == 1 else f"{batch} of each labelled stream"
    print(f"\nTraining: {sum(sizes.values())} images a step, {each} (one process)")
    wide = max(8, *(len(domain) + 2 for domain in (*run.train_domains, run.target)))
    print(f"  {'domain':<{wide}}{'class':<7}{'images':>8}{'steps per pass':>16}")
    for (domain, name), indices in streams.items():
        print(f"  {domain:<{wide}}{name:<7}{len(indices):>8}{max(len(indices) // sizes[domain, name], 1):>16}")

    videos = defaultdict(set)
    for sample in tested:
        videos[sample["role"], sample["domain"], sample["gt_label"], sample["attack_type"]].add(sample["video_id"])
    frames = Counter((s["role"], s["domain"], s["gt_label"], s["attack_type"]) for s in tested)
    print(f"\nTest: {len(tested)} images of {sum(map(len, videos.values()))} videos")
    print(f"  {'role':<8}{'domain':<{wide}}{'class':<7}{'videos':>8}{'images':>8}  attack type")
    for key, names in videos.items():
        role, domain, label, attack = key
        print(f"  {role:<8}{domain:<{wide}}{CLASSES[label]:<7}{len(names):>8}{frames[key]:>8}  {attack}")

    print("\nIn both training and test:")
    for leak in find_leaks(trained, tested) or ["no video and no subject, judging by the names"]:
        print(f"  {leak}")


def _read(dataset: Mapping, split: str) -> tuple[Run, tuple[SampleTable, Streams]]:
    """Run, samples and streams of a data set's config."""
    from flip_mm.datasets.data_roots import parse_roots
    from flip_mm.datasets.protocols import run_of
    from flip_mm.datasets.required_files import check_lists
    from flip_mm.datasets.run_samples import read_samples

    if "run" not in dataset:
        raise ValueError(
            f"The {split} data set, {dataset.get('type')!r}, has no run: print_run reads the lists of a FASDataset."
        )
    run, root = run_of(dataset["run"]), parse_roots(dataset["data_root"])
    check_lists(run, split, root)
    return run, read_samples(run, split, root)
