# SPDX-License-Identifier: Apache-2.0
"""Reduce a trained checkpoint to what a prediction needs: two class embeddings instead of the text tower, no optimizer.

The command `flip_mm deploy`.
"""

import sys

from flip_mm.apis import run_main
from flip_mm.cli.deploy import main, parse_args  # noqa: F401

if __name__ == "__main__":
    sys.exit(run_main(main))
