# SPDX-License-Identifier: Apache-2.0
"""Convert the archives of data sets to face images and lists. Needs the extra ``flip_mm[prepare]``."""
