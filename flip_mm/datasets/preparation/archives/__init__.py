# SPDX-License-Identifier: Apache-2.0
"""How the data sets are laid out as their owners hand them out, one file each."""

from . import casia_fasd, msu_mfsd, oulu_npu

ARCHIVES = {module.ARCHIVE.name: module.ARCHIVE for module in (msu_mfsd, casia_fasd, oulu_npu)}

__all__ = ["ARCHIVES"]
