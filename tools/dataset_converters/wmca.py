# SPDX-License-Identifier: Apache-2.0
"""WMCA: from the archive to frames and lists.

python tools/dataset_converters/wmca.py /archives/WMCA data/WCS
"""

import sys

from flip_mm.apis import run_main
from flip_mm.preparation.cli import Converter

CONVERTER = Converter("wmca")
parse_args, main = CONVERTER.parse_args, CONVERTER.main

if __name__ == "__main__":
    sys.exit(run_main(main))
