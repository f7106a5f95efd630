# SPDX-License-Identifier: Apache-2.0
"""Convert your data set, described by a CSV file: frames, lists, and the code to register it.

The command `flip_mm convert generic`.
"""

import sys
from functools import partial

from flip_mm.apis import run_main
from flip_mm.cli import convert

parse_args, main = (partial(part, "generic") for part in (convert.parse_args, convert.main))

if __name__ == "__main__":
    sys.exit(run_main(main))
