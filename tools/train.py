# SPDX-License-Identifier: Apache-2.0
"""Train a model.

The command `flip_mm train`.
"""

import sys

from flip_mm.apis import run_main
from flip_mm.cli.train import main, parse_args  # noqa: F401

if __name__ == "__main__":
    sys.exit(run_main(main))
