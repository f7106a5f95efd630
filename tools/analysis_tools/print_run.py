# SPDX-License-Identifier: Apache-2.0
"""What trains and what is tested: images per stream, steps per pass, test videos, what both have in common.

The command `flip_mm print_run`.
"""

import sys

from flip_mm.apis import run_main
from flip_mm.cli.print_run import main, parse_args  # noqa: F401

if __name__ == "__main__":
    sys.exit(run_main(main))
