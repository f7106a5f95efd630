# SPDX-License-Identifier: Apache-2.0
"""OULU-NPU: convert the archive to frames and lists.

The command `flip_mm convert oulu_npu`.
"""

import sys
from functools import partial

from flip_mm.apis import run_main
from flip_mm.cli import convert

parse_args, main = (partial(part, "oulu_npu") for part in (convert.parse_args, convert.main))

if __name__ == "__main__":
    sys.exit(run_main(main))
