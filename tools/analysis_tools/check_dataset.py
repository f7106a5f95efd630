# SPDX-License-Identifier: Apache-2.0
"""Was a data root made right, and can the protocols run on it?

The command `flip_mm doctor`.
"""

import sys

from flip_mm.apis import run_main
from flip_mm.cli.doctor import main, parse_args  # noqa: F401

if __name__ == "__main__":
    sys.exit(run_main(main))
