# SPDX-License-Identifier: Apache-2.0
"""Compare a method with a file of golden values, measured on its authors' code.

The command `flip_mm check-golden`.
"""

import sys

from flip_mm.apis import run_main
from flip_mm.cli.check_golden import main, parse_args  # noqa: F401

if __name__ == "__main__":
    sys.exit(run_main(main))
