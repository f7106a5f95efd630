# SPDX-License-Identifier: Apache-2.0
"""What archives of all data sets have in common."""

from collections import Counter
from pathlib import Path
from textwrap import indent

import pytest
from fixtures.archive_lines import LINES, add, named, planned, scan_archive, unfit

from flip_mm.datasets.frame_selection import SELECTIONS, select_frames
from flip_mm.datasets.protocols import DOMAINS, LAYOUTS
from flip_mm.datasets.sets import ARCHIVES
from flip_mm.media.open_frames import open_frames

LEFT_OUT = {
    "msu_mfsd": {},
    "casia_fasd": {},
    "replay_attack": {"devel": 2, "enroll": 1},
    "oulu_npu": {"Dev_files": 6},
    "celeba_spoof": {"Data/test": 1},
    "wmca": {"make-up": 1},
    "casia_cefa": {"do not end in": 1},
    "casia_surf": {},
}


@pytest.mark.parametrize("name", LINES)
def test_an_archive_describes_itself(name):
    archive = ARCHIVES[name]
    assert archive.name == name
    assert archive.domain in DOMAINS
    assert archive.faces in ("mtcnn", "none")
    assert archive.layout.count("\n") < 5
    assert "lists" in archive.official
    assert {ARCHIVES[name].domain for name in LINES} == {*LAYOUTS["MCIO"], *LAYOUTS["WCS"]}


@pytest.mark.parametrize("name", LINES)
def test_outputs_are_those_of_the_lists(raw, name):
    archive, root = ARCHIVES[name], raw(name)
    scan = scan_archive(name, root)
    assert planned(scan.recordings) == named(archive.domain, LINES[name])
    assert unfit(scan) == {}
    assert all((root / recording.source).exists() for recording in scan.recordings)
    assert {recording.selection for recording in scan.recordings} <= set(SELECTIONS)
    for word, count in LEFT_OUT[name].items():
        assert [number for reason, number in scan.left_out.items() if word in reason] == [count]
    assert len(scan.left_out) == len(LEFT_OUT[name])


@pytest.mark.parametrize("name", LINES)
def test_sources_are_read_as_they_are_described(write_archive, tmp_path, name):
    root = write_archive(name, tmp_path, LINES[name], media=True)
    for recording in scan_archive(name, root).recordings:
        with open_frames(root / recording.source, recording.media) as frames:
            assert len(select_frames(recording.selection, len(frames))) <= len(frames)
            assert frames[0].shape == (48, 64, 3)


@pytest.mark.parametrize("name", LINES)
def test_an_archive_may_be_two_folders_down(raw, name, tmp_path):
    flat = [recording.stem for recording in scan_archive(name, raw(name)).recordings]
    nested = tmp_path / "nested/a b/ü"
    nested.parent.mkdir(parents=True)
    (tmp_path / "raw").rename(nested)
    (nested / ".DS_Store").touch()
    scan = scan_archive(name, tmp_path / "nested")
    assert sorted(recording.stem for recording in scan.recordings) == sorted(flat)
    assert all(recording.source.startswith("a b/ü/") for recording in scan.recordings)
    assert unfit(scan) == {}
    assert "Hidden files and folders that were skipped: 1." in scan.notes


@pytest.mark.parametrize("name", LINES)
def test_another_data_set_is_refused(write_archive, tmp_path, name):
    other = "casia_fasd" if name != "casia_fasd" else "oulu_npu"
    root = write_archive(other, tmp_path, LINES[other])
    with pytest.raises(ValueError, match="contains no files of the expected layout") as told:
        scan_archive(name, root)
    assert ARCHIVES[name].layout in str(told.value)
    assert "The first files there: '" in str(told.value)


@pytest.mark.parametrize("name", LINES)
def test_an_empty_folder_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="The first files there: nothing"):
        scan_archive(name, tmp_path)


VIDEO = "train/real/client001_session01_webcam_authenticate_adverse_1"
SURF_REAL = "Training/real_part/CLKJ_CS0110/real.rssdk/color"
UNFIT = [
    ("msu_mfsd", "scene01/real/real_client002_android_SD_scene01.avi", "is no video"),
    ("msu_mfsd", "scene01/attack/real_client002_laptop_SD_scene01.mov", "is no video"),
    ("msu_mfsd", "scene01/real/real_client099_android_SD_scene01.mp4", "client 099, who is neither in train_sub_list.txt"),
    (
        "msu_mfsd",
        "scene01/real/real_client002_tablet_SD_scene01.mp4",
        "'msu/train/real/real_client002_tablet_SD_scene01', which is",
    ),
    ("msu_mfsd", "a/b/c/scene01/real/real_client002_laptop_SD_scene01.mov", "is no video"),
    ("casia_fasd", "train_release/21/1.avi", "outside 1 to 20, those of train_release"),
    ("casia_fasd", "train_release/01/1.avi", "is no video"),
    ("casia_fasd", "train_release/1/9.avi", "is no video"),
    ("casia_fasd", "train_release/1/1.mp4", "is no video"),
    ("replay_attack", VIDEO + ".mp4", "is no video"),
    ("replay_attack", "train/attack/held/attack_print_client001_session01_highdef_photo_adverse.mov", "is no video"),
    ("replay_attack", "train/real/client001_session01_webcam_enroll_1.mov", "no official name of the data set"),
    ("oulu_npu", "Train_files/1_1_36_1.avi", "outside 01 to 20, those of Train_files"),
    ("oulu_npu", "Dev_files/1_1_01_1.avi", "outside 21 to 35, those of Dev_files"),
    ("oulu_npu", "Test_files/1_1_35_1.avi", "outside 36 to 55, those of Test_files"),
    ("oulu_npu", "Test_files/7_1_36_1.avi", "is no video"),
    ("oulu_npu", "Test_files/1_1_36_1.avi.part", "is no video"),
    ("celeba_spoof", "Data/train/732/live/040170.webp", "is no image"),
    ("celeba_spoof", "Data/train/732/unknown/040171.jpg", "is no image"),
    ("wmca", "WMCA/face-station/069_06_000_0_00.hdf5", "is no recording"),
    ("wmca", "WMCA/face-station/22.05.18/069_06_000_2_99.mat.gz2", "is no recording"),
    ("wmca", "WMCA/face-station/22.05.18/069_06_000_3_99.hdf5", "has the code 3_99, which is no instrument"),
    ("casia_cefa", "1_500_1_1_1/profile/0001.jpg", "has a subject number outside 000 to 499"),
    ("casia_cefa", "4_000_1_1_1/profile/0001.jpg", "is not in a folder"),
    ("casia_cefa", "1_000_1_1_1/0001.jpg", "is not in a folder"),
    ("casia_cefa", "1_001_1_1_1/depth/0001.jpg", "has no folder profile"),
    ("casia_surf", f"{SURF_REAL}/91.png", "is no colour image"),
    ("casia_surf", "Val/7/007243-color.jpg", "is no colour image"),
]


@pytest.mark.parametrize(("name", "path", "reason"), UNFIT, ids=[f"{name}-{path}" for name, path, _ in UNFIT])
def test_unexpected_files_are_problems(raw, name, path, reason):
    root = raw(name)
    before = scan_archive(name, root)
    add(root, path)
    scan = scan_archive(name, root)
    assert scan.recordings == before.recordings
    ((source, told),) = unfit(scan).items()
    assert path.startswith(source)
    assert reason in told


TWINS = [
    ("msu_mfsd", "copy/scene01/real/real_client002_android_SD_scene01.mp4"),
    ("casia_fasd", "train_release/20/1.AVI"),
    ("replay_attack", "copy/train/real/client001_session01_webcam_authenticate_adverse_1.mov"),
    ("oulu_npu", "Train_files/Train_files/1_1_01_1.avi"),
    ("celeba_spoof", "copy/Data/train/732/live/040170.jpg"),
    ("wmca", "copy/22.05.18/069_06_000_0_00.hdf5"),
    ("casia_cefa", "copy/1_000_1_1_1/profile/0001.jpg"),
    ("casia_surf", f"copy/{SURF_REAL}/91.jpg"),
]


@pytest.mark.parametrize(("name", "path"), TWINS, ids=[name for name, _ in TWINS])
def test_two_recordings_of_one_name_are_both_left(raw, name, path):
    root = raw(name)
    before = scan_archive(name, root).recordings
    add(root, path)
    scan = scan_archive(name, root)
    sources = {problem.source for problem in scan.problems if "neither is converted" in problem.reason}
    assert len(sources) == 2
    for problem in scan.problems:
        if problem.source in sources:
            (other,) = sources - {problem.source}
            assert f"'{other}'" in problem.reason
    assert [r for r in before if r.source not in sources] == scan.recordings
    assert len(scan.recordings) < len(before)


def test_missing_recordings_are_counted_with_examples(raw):
    scan = scan_archive("oulu_npu", raw("oulu_npu"))
    (reason,) = [problem.reason for problem in scan.problems if "oulu/train/real" in problem.reason]
    assert reason == (
        "has 1 of the data set's 360 recordings for oulu/train/real; the others are missing, for example "
        "1_1_02_1, 1_1_03_1, 1_1_04_1."
    )
    scan = scan_archive("wmca", raw("wmca").parent)
    assert "has 1 of the data set's 347 recordings for wmca/train/real; the others are missing." in [
        problem.reason for problem in scan.problems
    ]


ANNOTATIONS = {
    "msu_mfsd": "scene01/real/real_client002_android_SD_scene01.face",
    "replay_attack": "face-locations/train/real/client001_session01_webcam_authenticate_adverse_1.face",
    "oulu_npu": "Train_files/1_1_01_1.txt",
    "celeba_spoof": "Data/train/732/live/040170_BB.txt",
}


@pytest.mark.parametrize("name", ANNOTATIONS)
def test_annotations_are_found_where_they_are(raw, name):
    root = raw(name)
    path = ANNOTATIONS[name]
    assert path in {recording.annotation for recording in scan_archive(name, root).recordings}
    (root / path).unlink()
    annotations = Counter(recording.annotation for recording in scan_archive(name, root).recordings)
    assert annotations[""] == 1
    assert all((root / annotation).is_file() for annotation in annotations if annotation)


LEFT = [
    ("celeba_spoof", "Data/train_2/1/live/000001.jpg", "train_2, a damaged copy"),
    ("wmca", "WMCA_preprocessed_CDIT/WMCA/face-station/22.05.18/069_06_000_0_00.hdf5", "infrared"),
    ("wmca", "WMCA/face-station/22.05.18/069_06_000_1_08.hdf5", "wigs"),
    ("casia_cefa", "dev/003062/profile/0001.jpg", "only a number as name"),
    ("casia_cefa", "3D-Mask/002/1_002_0_0_1_1_1/profile/0001.jpg", "3D masks"),
    ("casia_cefa", "AF/AF-000-x/1_000_4_3_2/profile/0001.jpg", "do not end in 1_1_1, 3_1_2, 3_1_4, 3_2_2"),
    ("casia_surf", f"{SURF_REAL}/101.jpg", "images of Training that train_list.txt does not name"),
    ("casia_surf", "Testing/0000/000001-color.jpg", "images of Testing that test_private_list.txt does not name"),
]


@pytest.mark.parametrize(("name", "path", "reason"), LEFT, ids=[path for _, path, _ in LEFT])
def test_left_out_on_purpose(raw, name, path, reason):
    root = raw(name)
    before = scan_archive(name, root)
    add(root, path)
    scan = scan_archive(name, root)
    assert scan.recordings == before.recordings
    assert unfit(scan) == {}
    ((told, count),) = (scan.left_out - before.left_out).items()
    assert reason in told
    assert count == 1


@pytest.mark.parametrize("name", LINES)
def test_the_docs_show_the_layout(name):
    page = (Path(__file__).parents[3] / "docs/archives.md").read_text(encoding="utf-8")
    assert indent(ARCHIVES[name].layout, "    ") in page
    assert f"## {ARCHIVES[name].title}\n" in page
