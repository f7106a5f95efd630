# SPDX-License-Identifier: Apache-2.0
"""All data sets: one file each, with all that is known of it.

A new one is a file here that fills in a :class:`~flip_mm.datasets.data_set.DataSet` named ``DATA_SET``, and its name at the end
of ``FILES``: domains are numbered in this order. Its converter, lists, checks and protocols ``intra`` and ``celeba`` follow.
"""

from importlib import import_module

from flip_mm.datasets.data_set import DataSet

FILES = (
    *("msu", "casia", "replay", "oulu", "celeba_spoof", "wmca", "cefa", "surf"),
    # Beyond the published protocols.
    *("siw", "siw_mv2", "threedmad", "hifimask"),
)
# Domain -> data set; register_domain adds to it.
DATA_SETS: dict[str, DataSet] = {own.domain: own for own in (import_module(f"{__name__}.{file}").DATA_SET for file in FILES)}
# Name of a converter -> data set.
ARCHIVES: dict[str, DataSet] = {own.name: own for own in DATA_SETS.values() if own.scan}

__all__ = ["ARCHIVES", "DATA_SETS", "FILES"]
