# SPDX-License-Identifier: Apache-2.0
"""MSU-MFSD: convert the archive to frames and lists.

The command `flip_mm convert msu_mfsd`.
"""

import sys
from functools import partial

from flip_mm.apis import run_main
from flip_mm.cli import convert

parse_args, main = (partial(part, "msu_mfsd") for part in (convert.parse_args, convert.main))

if __name__ == "__main__":
    sys.exit(run_main(main))
