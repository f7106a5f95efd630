# SPDX-License-Identifier: Apache-2.0
"""CASIA-FASD: from the archive to frames and lists.

python tools/dataset_converters/casia_fasd.py /archives/CASIA-FASD data/MCIO
"""

import sys

from flip_mm.apis import run_main
from flip_mm.preparation.cli import Converter

CONVERTER = Converter("casia_fasd")
parse_args, main = CONVERTER.parse_args, CONVERTER.main

if __name__ == "__main__":
    sys.exit(run_main(main))
