# SPDX-License-Identifier: Apache-2.0
"""Convert a checkpoint of the official FLIP release to flip_mm's format, or back; the file decides the direction.

The command `flip_mm flip_release`.
"""

import sys

from flip_mm.apis import run_main
from flip_mm.cli.flip_release import main, parse_args  # noqa: F401

if __name__ == "__main__":
    sys.exit(run_main(main))
