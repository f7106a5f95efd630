# SPDX-License-Identifier: Apache-2.0
"""How the data sets are laid out as their owners hand them out, one file each."""

from . import (
    casia_cefa,
    casia_fasd,
    casia_surf,
    celeba_spoof,
    hifimask,
    msu_mfsd,
    oulu_npu,
    replay_attack,
    siw,
    siw_mv2,
    threedmad,
    wmca,
)

MODULES = (
    *(msu_mfsd, casia_fasd, replay_attack, oulu_npu, celeba_spoof, wmca, casia_cefa, casia_surf),
    # Not tried on the archives.
    *(siw, siw_mv2, threedmad, hifimask),
)
# Name of the converter -> archive.
ARCHIVES = {module.ARCHIVE.name: module.ARCHIVE for module in MODULES}

__all__ = ["ARCHIVES"]
