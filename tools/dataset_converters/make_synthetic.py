# SPDX-License-Identifier: Apache-2.0
"""Draw a synthetic data set, in the layout of the official release.

The command `flip_mm synth`.
"""

import sys

from flip_mm.apis import run_main
from flip_mm.cli.synth import main, parse_args  # noqa: F401

if __name__ == "__main__":
    sys.exit(run_main(main))
