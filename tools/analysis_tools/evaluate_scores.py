# SPDX-License-Identifier: Apache-2.0
"""Compute all metrics of a score file, without a model.

The command `flip_mm evaluate`.
"""

import sys

from flip_mm.apis import run_main
from flip_mm.cli.evaluate import main, parse_args  # noqa: F401

if __name__ == "__main__":
    sys.exit(run_main(main))
