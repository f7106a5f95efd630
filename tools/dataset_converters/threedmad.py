# SPDX-License-Identifier: Apache-2.0
"""3DMAD: from the archive to frames and lists. Made after public descriptions, not tried on the archive.

python tools/dataset_converters/threedmad.py /archives/3DMAD data/3DMAD
"""

import sys

from flip_mm.apis import run_main
from flip_mm.preparation.cli import Converter

CONVERTER = Converter("threedmad")
parse_args, main = CONVERTER.parse_args, CONVERTER.main

if __name__ == "__main__":
    sys.exit(run_main(main))
