# SPDX-License-Identifier: Apache-2.0
"""Evaluate a checkpoint: metrics, ROC and score histogram.

The command `flip_mm test`.
"""

import sys

from flip_mm.apis import run_main
from flip_mm.cli.test import main, parse_args  # noqa: F401

if __name__ == "__main__":
    sys.exit(run_main(main))
