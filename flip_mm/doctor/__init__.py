# SPDX-License-Identifier: Apache-2.0
"""Check whether a data root is complete and correct for a protocol. Needs the extra ``flip_mm[prepare]``."""
