# SPDX-License-Identifier: Apache-2.0
"""CASIA-SURF HiFiMask: from the archive to frames and lists. Not tried on the archive.

python tools/dataset_converters/hifimask.py /archives/CASIA-SURF-HiFiMask data/more
"""

import sys

from flip_mm.datasets.preparation.cli import Converter

CONVERTER = Converter("hifimask")
parse_args, main = CONVERTER.parse_args, CONVERTER.main

if __name__ == "__main__":
    sys.exit(main())
