# SPDX-License-Identifier: Apache-2.0
"""What colour, size, borders or sharpness alone give away, trained and tested on a config's run.

python tools/analysis_tools/shortcut_baselines.py configs/flip_mcl_demo.py --target O
"""

from __future__ import annotations

import argparse
import sys

from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS

from flip_mm.apis import add_data_arguments, load_config, run_main
from flip_mm.synthetic.shortcuts import shortcut_baselines


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_data_arguments(parser)
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    cfg = load_config(parse_args(), ("train_dataloader", "test_dataloader"))
    init_default_scope("mmpretrain")
    train, test = (DATASETS.build(cfg[name].dataset) for name in ("train_dataloader", "test_dataloader"))
    figures = shortcut_baselines(*([data.get_data_info(i) for i in range(len(data))] for data in (train, test)))
    print(f"Shortcut baselines, {train.run.name}, logistic regression, AUC over videos in percent (50 is chance):")
    for name, value in figures.items():
        print(f"  {name:<24}{100 * value:6.2f}")
    print(f"  {'best':<24}{100 * max(figures.values()):6.2f}")


if __name__ == "__main__":
    sys.exit(run_main(main))
