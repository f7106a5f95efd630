# SPDX-License-Identifier: Apache-2.0
"""Archives beyond the published protocols, as public descriptions have them."""

from itertools import product

import pytest
from fixtures.archive_lines import scan_archive

from flip_mm.datasets.frame_selection import select_frames
from flip_mm.datasets.list_maker import make_lists
from flip_mm.datasets.naming import parse_name
from flip_mm.datasets.sets import ARCHIVES

SIW = [
    f"Train/live/003/003-{k}-1-1-{n}.mov" if cls == "live" else f"Train/spoof/003/003-{k}-{kind}-{n}-1.mov"
    for cls, kind, k, n in [("live", 1, 1, 1), ("live", 1, 2, 2), ("spoof", 2, 1, 1), ("spoof", 3, 2, 4)]
] + ["Test/live/165/165-1-1-1-1.mp4", "Test/spoof/165/165-1-3-2-1.MOV"]
SIW_MV2 = ["Live/Live_0.mov", "Live/Live_17.mov", "Spoof/Makeup_Cosmetic/Makeup_Co_5.mov", "Spoof/Paper/Paper_12.mov"]
THREEDMAD = [
    f"{folder}/{subject:02d}_{session:02d}_{take:02d}.hdf5"
    for subject, (session, folder), take in product(range(1, 18), enumerate(("Data", "Data 2", "Data 3"), 1), range(1, 6))
]
HIFIMASK = [f"Data/{name}/{k:04d}.png" for name in ("1_05_0_2_6_1", "3_63_3_6_2_1") for k in range(1, 3)]
ARCHIVE_FILES = dict(siw=SIW, siw_mv2=SIW_MV2, threedmad=THREEDMAD, hifimask=HIFIMASK)


@pytest.fixture
def scan(tmp_path):
    """scan(name, files or {file: text}): of an archive of empty files."""

    def call(name, files):
        for path in files:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(files[path] if isinstance(files, dict) else "")
        return scan_archive(name, tmp_path)

    return call


def stems(found):
    return [recording.stem for recording in found.recordings]


@pytest.mark.parametrize("name", ARCHIVE_FILES)
@pytest.mark.parametrize("folder", ["", "unpacked/"])
def test_scanned_recordings_can_be_listed_and_read(scan, name, folder):
    archive = ARCHIVES[name]
    found = scan(name, [folder + path for path in ARCHIVE_FILES[name]])
    assert found.problems == []
    assert archive.tried is False
    assert "not tested on the archive" in archive.official
    files = {"real": [], "spoof": []}
    for recording in found.recordings:
        for _, ending in select_frames(recording.selection, 100):
            told = parse_name(archive.domain, recording.stem + ending)
            files["real" if told.attack_type == "bonafide" else "spoof"].append(recording.stem + ending)
    lists = make_lists(archive.domain, files)
    tested = [f for name, lines in lists.items() if "_test" in name for line in lines for f in archive.frames_to_test(line)]
    assert tested
    assert {*tested} <= {*files["real"], *files["spoof"]}


def test_siw(scan):
    found = scan("siw", [*SIW, "Train/live/003/003-1-1-1-1.face"])
    assert stems(found) == [
        "siw/test/real/165-1-1-1-1",
        "siw/test/fake/165-1-3-2-1",
        "siw/train/real/003-1-1-1-1",
        "siw/train/real/003-2-1-1-2",
        "siw/train/fake/003-1-2-1-1",
        "siw/train/fake/003-2-3-4-1",
    ]


def test_siw_reports_unexpected_files(scan):
    wrong = ["Train/live/003/003-1-2-1-1.mov", "Train/spoof/003/003-1-1-1-1.mov", "Train/live/004/003-1-1-1-1.mov", "a.mov"]
    found = scan("siw", SIW + wrong)
    assert {problem.source for problem in found.problems} == {*wrong}
    assert "is of type 2, which does not belong in the folder live" in next(
        p.reason for p in found.problems if p.source == wrong[0]
    )


def lists(train_live="Live_0", train_all="Makeup_Co_5\nMakeup_Co_5", test_live="Live_17", test_all="Replay_3"):
    texts = dict(trainlist_live=train_live, trainlist_all=train_all, testlist_live=test_live, testlist_all=test_all)
    return {f"pro_3_text/{name}.txt": text for name, text in texts.items()}


def test_siw_mv2_is_split_by_the_lists_of_its_authors(scan):
    found = scan("siw_mv2", dict.fromkeys(SIW_MV2, "") | lists())
    assert stems(found) == ["siwmv2/train/real/Live_0", "siwmv2/test/real/Live_17", "siwmv2/train/fake/Makeup_Co_5"]
    assert found.left_out == {"videos that the authors' lists do not name": 1}
    assert found.notes == []


def test_siw_mv2_without_lists(scan):
    found = scan("siw_mv2", [*SIW_MV2, "Spoof/Silicone/Mask_Silicone_2.mov", "Spoof/x/Live_3.mov", "Spoof/x/Mask_2.mov"])
    assert {stem.split("/")[1] for stem in stems(found)} == {"train"}
    assert len(found.recordings) == 5
    assert "all videos are in the training and the test lists" in found.notes[0]
    assert [p.source for p in found.problems] == ["Spoof/x/Live_3.mov", "Spoof/x/Mask_2.mov"]


def test_siw_mv2_with_incomplete_or_contradictory_lists(scan):
    texts = lists()
    del texts["pro_3_text/testlist_all.txt"]
    with pytest.raises(ValueError, match=r"has testlist_live.txt, .* but not testlist_all.txt: add the others"):
        scan("siw_mv2", dict.fromkeys(SIW_MV2, "") | texts)
    with pytest.raises(ValueError, match=r"names Live_0, which is in a training and in a test list"):
        scan("siw_mv2", lists(test_live="Live_0"))


def test_3dmad(scan):
    found = scan("threedmad", THREEDMAD[:-1])
    assert len(found.recordings) == 254
    assert {recording.media for recording in found.recordings} == {"hdf5"}
    assert [p.reason for p in found.problems] == [
        "has 24 of the data set's 25 recordings for 3dmad/test/fake; the others are missing, for example 17_03_05."
    ]
    assert "has a subject number outside 01 to 17" in scan("threedmad", ["Data/18_01_01.hdf5"]).problems[0].reason


def test_hifimask(scan):
    found = scan("hifimask", HIFIMASK)
    assert [(r.source, r.stem, r.media, r.selection) for r in found.recordings] == [
        ("Data/1_05_0_2_6_1", "hifimask/train/real/1_05_0_2_6_1", "folder", "ten"),
        ("Data/3_63_3_6_2_1", "hifimask/train/fake/3_63_3_6_2_1", "folder", "ten"),
    ]


@pytest.mark.parametrize("name", ARCHIVE_FILES)
def test_nothing_of_the_layout(scan, name):
    with pytest.raises(ValueError, match=r"contains no files of the expected layout\nRAW"):
        scan(name, ["holiday.mov"])
