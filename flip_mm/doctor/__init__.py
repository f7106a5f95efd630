# SPDX-License-Identifier: Apache-2.0
"""Was a data root made right, and can a protocol run on it? Needs the extra ``flip_mm[prepare]``."""
