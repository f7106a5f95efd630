# SPDX-License-Identifier: Apache-2.0
"""Descriptions of all data sets, one file each.

To add one, write a file that defines a :class:`~flip_mm.datasets.data_set.DataSet` named ``DATA_SET``, and add its name at the
end of ``FILES``: domains are numbered in this order. Its converter, lists, checks and the protocols ``intra`` and ``celeba``
then work.
"""

from importlib import import_module

from flip_mm.datasets.data_set import DataSet

FILES = (
    *("msu", "casia", "replay", "oulu", "celeba_spoof", "wmca", "cefa", "surf"),
    # Not in the published protocols.
    *("siw", "siw_mv2", "threedmad", "hifimask"),
)
# Domain -> data set; register_domain adds to it.
_ALL = [import_module(f"{__name__}.{file}").DATA_SET for file in FILES]
DATA_SETS: dict[str, DataSet] = {data_set.domain: data_set for data_set in _ALL}
# Name of a converter -> data set.
ARCHIVES: dict[str, DataSet] = {data_set.name: data_set for data_set in _ALL if data_set.scan}

__all__ = ["ARCHIVES", "DATA_SETS", "FILES"]
