# SPDX-License-Identifier: Apache-2.0
"""Train and test simple classifiers that see only colour, size, borders or sharpness, on a config's run.

flip_mm shortcuts flip_mcl_demo --target O
"""

from __future__ import annotations

from argparse import Namespace

from flip_mm.utils.shipped import config_file

from .config_arguments import add_data_arguments
from .parser import Parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    add_data_arguments(parser)
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    args = parse_args()
    config_file(args.config)
    from mmengine.registry import init_default_scope
    from mmpretrain.registry import DATASETS

    import flip_mm.register  # noqa: F401  before a config is read
    from flip_mm.apis import load_config
    from flip_mm.synthetic.shortcuts import shortcut_baselines

    cfg = load_config(args, ("train_dataloader", "test_dataloader"))
    init_default_scope("mmpretrain")
    train, test = (DATASETS.build(cfg[name].dataset) for name in ("train_dataloader", "test_dataloader"))
    aucs = shortcut_baselines(*([data.get_data_info(i) for i in range(len(data))] for data in (train, test)))
    print(f"Shortcut baselines, {train.run.name}, logistic regression, AUC over videos in percent (50 is chance):")
    for name, value in aucs.items():
        print(f"  {name:<24}{100 * value:6.2f}")
    print(f"  {'best':<24}{100 * max(aucs.values()):6.2f}")
