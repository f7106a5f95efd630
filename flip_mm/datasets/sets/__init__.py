# SPDX-License-Identifier: Apache-2.0
"""How the data sets are laid out as their owners hand them out, one file each."""

from . import (
    casia,
    cefa,
    celeba_spoof,
    hifimask,
    msu,
    oulu,
    replay,
    siw,
    siw_mv2,
    surf,
    threedmad,
    wmca,
)

MODULES = (
    *(msu, casia, replay, oulu, celeba_spoof, wmca, cefa, surf),
    # Not tried on the archives.
    *(siw, siw_mv2, threedmad, hifimask),
)
# Name of the converter -> archive.
ARCHIVES = {module.ARCHIVE.name: module.ARCHIVE for module in MODULES}

__all__ = ["ARCHIVES"]
