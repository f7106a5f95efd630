# SPDX-License-Identifier: Apache-2.0
"""SiW: from the archive to frames and lists. Made after public descriptions, not tried on the archive.

python tools/dataset_converters/siw.py /archives/SiW data/SiW
"""

import sys

from flip_mm.apis import run_main
from flip_mm.preparation.cli import Converter

CONVERTER = Converter("siw")
parse_args, main = CONVERTER.parse_args, CONVERTER.main

if __name__ == "__main__":
    sys.exit(run_main(main))
