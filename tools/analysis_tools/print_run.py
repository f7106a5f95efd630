# SPDX-License-Identifier: Apache-2.0
"""Print the training and test data of a run: images per stream, steps per pass, test videos, overlap.

The command `flip_mm print_run`.
"""

import sys

from flip_mm.apis import run_main
from flip_mm.cli.print_run import main, parse_args  # noqa: F401

if __name__ == "__main__":
    sys.exit(run_main(main))
