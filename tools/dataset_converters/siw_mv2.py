# SPDX-License-Identifier: Apache-2.0
"""SiW-Mv2: from the archive to frames and lists. Made after public descriptions, not tried on the archive.

python tools/dataset_converters/siw_mv2.py /archives/SiW-Mv2 data/SiW-Mv2
"""

import sys

from flip_mm.apis import run_main
from flip_mm.preparation.cli import Converter

CONVERTER = Converter("siw_mv2")
parse_args, main = CONVERTER.parse_args, CONVERTER.main

if __name__ == "__main__":
    sys.exit(run_main(main))
