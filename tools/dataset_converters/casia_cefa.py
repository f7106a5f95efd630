# SPDX-License-Identifier: Apache-2.0
"""CASIA-SURF CeFA: convert the archive to frames and lists.

The command `flip_mm convert casia_cefa`.
"""

import sys
from functools import partial

from flip_mm.apis import run_main
from flip_mm.cli import convert

parse_args, main = (partial(part, "casia_cefa") for part in (convert.parse_args, convert.main))

if __name__ == "__main__":
    sys.exit(run_main(main))
