# SPDX-License-Identifier: Apache-2.0
"""The command ``flip_mm``, or ``python -m flip_mm``."""

import sys

from flip_mm.cli.commands import main

if __name__ == "__main__":
    sys.exit(main())
