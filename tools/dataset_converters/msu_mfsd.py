# SPDX-License-Identifier: Apache-2.0
"""MSU-MFSD: from the archive to frames and lists.

python tools/dataset_converters/msu_mfsd.py /archives/MSU-MFSD data/MCIO
"""

import sys

from flip_mm.apis import run_main
from flip_mm.preparation.cli import Converter

CONVERTER = Converter("msu_mfsd")
parse_args, main = CONVERTER.parse_args, CONVERTER.main

if __name__ == "__main__":
    sys.exit(run_main(main))
