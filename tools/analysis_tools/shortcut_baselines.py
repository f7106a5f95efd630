# SPDX-License-Identifier: Apache-2.0
"""What colour, size, borders or sharpness alone give away, trained and tested on a config's run.

The command `flip_mm shortcuts`.
"""

import sys

from flip_mm.apis import run_main
from flip_mm.cli.shortcuts import main, parse_args  # noqa: F401

if __name__ == "__main__":
    sys.exit(run_main(main))
