# SPDX-License-Identifier: Apache-2.0
"""Keep only the weights that a prediction needs: no optimizer; for FLIP two class embeddings instead of the text tower.

The command `flip_mm deploy`.
"""

import sys

from flip_mm.apis import run_main
from flip_mm.cli.deploy import main, parse_args  # noqa: F401

if __name__ == "__main__":
    sys.exit(run_main(main))
