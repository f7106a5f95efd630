# SPDX-License-Identifier: Apache-2.0
"""Check a data root: is it complete and correct, and which runs are possible?

The command `flip_mm doctor`.
"""

import sys

from flip_mm.apis import run_main
from flip_mm.cli.doctor import main, parse_args  # noqa: F401

if __name__ == "__main__":
    sys.exit(run_main(main))
