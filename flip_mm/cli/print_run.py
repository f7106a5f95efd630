# SPDX-License-Identifier: Apache-2.0
"""What trains and what is tested: images per stream, steps per pass, test videos, what both have in common.

Reads the lists alone, the images need not be there.

flip_mm print_run flip_mcl_p1 --target M
"""

from __future__ import annotations

from argparse import Namespace
from collections import Counter, defaultdict

from flip_mm.utils.shipped import config_file

from .config_arguments import add_data_arguments
from .parser import Parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    add_data_arguments(parser)
    return parser.parse_args()


def main() -> None:
    """Print the run."""
    args = parse_args()
    config_file(args.config)
    from mmengine.registry import init_default_scope
    from mmpretrain.registry import DATASETS

    import flip_mm.register  # noqa: F401  before a config is read
    from flip_mm.apis import load_config
    from flip_mm.datasets.leakage import find_leaks
    from flip_mm.datasets.samplers import stream_sizes

    cfg = load_config(args, ("train_dataloader", "test_dataloader"))
    init_default_scope("mmpretrain")
    train, test = (
        DATASETS.build({**cfg[name].dataset, "check_files": False, "pipeline": []})
        for name in ("train_dataloader", "test_dataloader")
    )
    batch = cfg.train_dataloader.batch_size
    unlabelled_size = (cfg.train_dataloader.get("batch_sampler") or {}).get("unlabelled_size")
    sizes = stream_sizes(train.streams, batch, unlabelled_size)
    run = train.run
    extra = f"auxiliary: {', '.join(run.aux) or 'none'}, {run.shots} shots, holdout {run.holdout:g}"
    extra += f", unlabelled images of the target's {run.unlabelled} list" if run.unlabelled else ""
    print(f"Protocol {run.protocol}, {run.name}, {extra}")
    each = f"{batch} of each of {len(sizes)} streams" if len({*sizes.values()}) == 1 else f"{batch} of each labelled stream"
    print(f"\nTraining: {sum(sizes.values())} images a step, {each} (one process)")
    wide = max(8, *(len(domain) + 2 for domain in (*run.train_domains, run.target)))
    print(f"  {'domain':<{wide}}{'class':<7}{'images':>8}{'steps per pass':>16}")
    for (domain, name), indices in train.streams.items():
        print(f"  {domain:<{wide}}{name:<7}{len(indices):>8}{max(len(indices) // sizes[domain, name], 1):>16}")

    samples = {data: [data.get_data_info(i) for i in range(len(data))] for data in (train, test)}
    videos = defaultdict(set)
    for sample in samples[test]:
        videos[sample["role"], sample["domain"], sample["gt_label"], sample["attack_type"]].add(sample["video_id"])
    frames = Counter((s["role"], s["domain"], s["gt_label"], s["attack_type"]) for s in samples[test])
    print(f"\nTest: {len(samples[test])} images of {sum(map(len, videos.values()))} videos")
    print(f"  {'role':<8}{'domain':<{wide}}{'class':<7}{'videos':>8}{'images':>8}  attack type")
    for key, own in videos.items():
        role, domain, label, attack = key
        print(f"  {role:<8}{domain:<{wide}}{test.metainfo['classes'][label]:<7}{len(own):>8}{frames[key]:>8}  {attack}")

    print("\nIn training and test alike:")
    for leak in find_leaks(samples[train], samples[test]) or ["no video and no subject, as far as names tell"]:
        print(f"  {leak}")
