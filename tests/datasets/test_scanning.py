# SPDX-License-Identifier: Apache-2.0
"""Recordings that contradict the record of their data set, and archives of which nothing can be converted."""

from dataclasses import replace
from functools import partial

import pytest
from fixtures.archive_lines import add

from flip_mm.datasets.archive import Recording
from flip_mm.datasets.scanning import data_files, scan_files
from flip_mm.datasets.sets import DATA_SETS
from flip_mm.preparation.archives.walk import walk

VIDEO = Recording("SiW", "a.mov", "siw/train/real/003-1-1-1-1", "video", "pair")


@pytest.fixture
def scan(tmp_path):
    """scan(record, recording): of an archive with one file, which is this recording."""
    add(tmp_path, VIDEO.source)

    def call(data_set, recording):
        tree = partial(walk, tmp_path)()
        return scan_files(data_set, tree, data_files(tree), lambda _: [recording])

    return call


def test_a_recording_that_fits_its_record(scan):
    assert scan(DATA_SETS["SiW"], VIDEO).recordings == [VIDEO]


@pytest.mark.parametrize(
    ("frames", "change", "message"),
    [
        ("numbered", {}, "selection='pair' .* contradicts frames='numbered' .* needs selection='ten' or 'ten_by_index'"),
        ("pair", dict(selection="single"), "selection='single' .* contradicts frames='pair' .* needs selection='pair'"),
        ("pair", dict(domain="O"), "domain='O' of the Recording contradicts domain='SiW' of the DataSet"),
    ],
)
def test_a_recording_that_contradicts_its_record(scan, frames, change, message):
    with pytest.raises(ValueError, match=f"'a.mov': {message}"):
        scan(replace(DATA_SETS["SiW"], frames=frames), replace(VIDEO, **change))


def test_if_all_names_are_wrong_the_first_reason_is_shown(scan):
    wrong = replace(VIDEO, stem="siw/train/real/003-1-2-1-1")
    message = "none of the 1 can be converted. The first: 'a.mov' would become .*: the rule says attack type 'print', but"
    with pytest.raises(ValueError, match=message):
        scan(DATA_SETS["SiW"], wrong)
