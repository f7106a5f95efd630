# SPDX-License-Identifier: Apache-2.0
"""From the archives that people download to frames, faces and lists. Needs the extra ``flip_mm[prepare]``."""
