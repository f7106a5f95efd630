# SPDX-License-Identifier: Apache-2.0
"""How the data sets are laid out as their owners hand them out, one file each."""

from . import casia_fasd, hifimask, msu_mfsd, oulu_npu, siw, siw_mv2, threedmad

MODULES = (msu_mfsd, casia_fasd, oulu_npu, siw, siw_mv2, threedmad, hifimask)
# Name of the converter -> archive.
ARCHIVES = {module.ARCHIVE.name: module.ARCHIVE for module in MODULES}

__all__ = ["ARCHIVES"]
