# SPDX-License-Identifier: Apache-2.0
"""3DMAD: convert the archive to frames and lists. Based on public descriptions, not tested with the archive.

The command `flip_mm convert threedmad`.
"""

import sys
from functools import partial

from flip_mm.apis import run_main
from flip_mm.cli import convert

parse_args, main = (partial(part, "threedmad") for part in (convert.parse_args, convert.main))

if __name__ == "__main__":
    sys.exit(run_main(main))
