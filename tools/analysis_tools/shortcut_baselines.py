# SPDX-License-Identifier: Apache-2.0
"""Train and test simple classifiers that see only colour, size, borders or sharpness, on a config's run.

The command `flip_mm shortcuts`.
"""

import sys

from flip_mm.apis import run_main
from flip_mm.cli.shortcuts import main, parse_args  # noqa: F401

if __name__ == "__main__":
    sys.exit(run_main(main))
