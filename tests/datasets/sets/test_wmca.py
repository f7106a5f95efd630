# SPDX-License-Identifier: Apache-2.0
from fixtures.archive_lines import add, scan_archive


def test_wmca_tests_only_prints_and_replays(raw):
    root = raw("wmca")
    before = {recording.stem for recording in scan_archive("wmca", root).recordings}
    codes = ["1_01", "1_02", "1_08", "2_01", "2_08", "2_12", "2_75", "3_01", "3_05", "4_01", "5_01"]
    add(root, *(f"WMCA/face-station/22.05.18/069_07_000_{code}.hdf5" for code in codes))
    stems = {recording.stem for recording in scan_archive("wmca", root).recordings} - before
    made = {
        code: [split for split in ("train", "test") if f"wmca/{split}/fake/22.05.18_069_07_000_{code}" in stems]
        for code in codes
    }
    assert [code for code, own in made.items() if own == ["train", "test"]] == ["3_01", "3_05", "4_01"]
    assert [code for code, own in made.items() if own == []] == ["1_08", "5_01"]
