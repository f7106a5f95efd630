# SPDX-License-Identifier: Apache-2.0
import json
import os
import sys
from collections import Counter
from pathlib import Path
from textwrap import indent

import pytest

from flip_mm.datasets.frame_selection import SELECTIONS, select
from flip_mm.datasets.list_maker import compare, make_lists, use_official
from flip_mm.datasets.naming import frames_to_test
from flip_mm.datasets.protocols import DOMAINS, LAYOUTS
from flip_mm.datasets.sets import ARCHIVES
from flip_mm.media.open_frames import open_frames
from flip_mm.preparation.official_subset import choose


def expand(pattern, *endings):
    return [pattern + ending for ending in endings]


WMCA_TRAIN = [f"_{k:02d}.jpg" for k in range(0, 50, 5)]
TEN = [f"_{k:02d}.jpg" for k in range(10)]
# Data set -> lines as in the authors' lists.
LINES = {
    "msu_mfsd": [
        "msu/train/real/real_client002_android_SD_scene01_frame0.png",
        "msu/train/fake/attack_client055_laptop_SD_ipad_video_scene01_frame0.png",
        "msu/test/real/real_client001_laptop_SD_scene01_frame0.png",
        "msu/test/fake/attack_client001_android_SD_printed_photo_scene01_frame0.png",
    ],
    "casia_fasd": [
        *expand("casia/train/real/20_", "1_frame0.png", "HR_1_frame0.png"),
        "casia/train/fake/1_HR_3_frame0.png",
        *expand("casia/test/fake/", "30_8_frame0.png", "1_HR_4_frame0.png"),
    ],
    "replay_attack": [
        "replay/train/real/real_client001_session01_webcam_authenticate_adverse_1_frame0.png",
        "replay/train/fake/fixed_attack_print_client001_session01_highdef_photo_adverse_frame0.png",
        "replay/test/fake/hand_attack_mobile_client109_session01_mobile_video_controlled_frame0.png",
    ],
    "oulu_npu": [
        "oulu/train/real/1_1_01_1_frame0.png",
        "oulu/train/fake/6_3_20_5_frame0.png",
        "oulu/test/real/1_1_36_1_frame0.png",
        "oulu/test/fake/2_1_55_2_frame0.png",
    ],
    "celeba_spoof": [
        "celeb/real/732_live_040170.jpg",
        "celeb/fake/563_spoof_348234.jpg",
        "celeb/fake/997_live_125049.jpg",
    ],
    "wmca": [
        *expand("wmca/train/real/22.05.18_069_06_000_0_00", *WMCA_TRAIN),
        *expand("wmca/test/real/22.05.18_069_06_000_0_00", *TEN),
        *expand("wmca/train/fake/12.02.18_530_03_001_2_18", *WMCA_TRAIN),
        *expand("wmca/train/fake/23.05.18_098_07_006_3_11", *WMCA_TRAIN),
        *expand("wmca/test/fake/23.05.18_098_07_006_3_11", *TEN),
    ],
    "casia_cefa": [
        *expand("cefa/train/real/1_000_1_1_1", *TEN),
        *expand("cefa/train/fake/3_300_3_1_4", *TEN),
        *expand("cefa/test/fake/2_299_3_2_2", *TEN),
        *expand("cefa/train/real/2_199_1_1_1", *TEN),
        *expand("cefa/test/real/2_200_1_1_1", *TEN),
    ],
    "casia_surf": [
        "surf/train/real/Training_real_part_CLKJ_CS0110_real.rssdk_color_91.jpg",
        "surf/train/fake/Training_fake_part_CLKJ_AS0005_04_en_b.rssdk_color_101.jpg",
        "surf/train/fake/Testing_0013_013431-color.jpg",
        "surf/test/real/Val_0007_007243-color.jpg",
    ],
}
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


@pytest.fixture
def raw(write_archive, tmp_path):
    """raw(name): an archive of the lines above, of empty files."""
    return lambda name: write_archive(name, tmp_path / "raw", LINES[name])


def planned(recordings, total=50):
    return {recording.stem + ending for recording in recordings for _, ending in select(recording.selection, total)}


def named(domain, lines):
    return {frame for line in lines for frame in frames_to_test(domain, line)}


def unfit(scan):
    """Problems but for recordings that a small archive has not."""
    return {problem.source: problem.reason for problem in scan.problems if problem.source != "."}


def add(root, *paths, text=""):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


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
    scan = archive.scan(root)
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
    for recording in ARCHIVES[name].scan(root).recordings:
        with open_frames(root / recording.source, recording.media) as frames:
            assert len(select(recording.selection, len(frames))) <= len(frames)
            assert frames[0].shape == (48, 64, 3)


@pytest.mark.parametrize("name", LINES)
def test_an_archive_may_lie_two_folders_down(raw, name, tmp_path):
    flat = [recording.stem for recording in ARCHIVES[name].scan(raw(name)).recordings]
    nested = tmp_path / "nested/a b/ü"
    nested.parent.mkdir(parents=True)
    (tmp_path / "raw").rename(nested)
    (nested / ".DS_Store").touch()
    scan = ARCHIVES[name].scan(tmp_path / "nested")
    assert sorted(recording.stem for recording in scan.recordings) == sorted(flat)
    assert all(recording.source.startswith("a b/ü/") for recording in scan.recordings)
    assert unfit(scan) == {}
    assert "Hidden files and folders passed over: 1." in scan.notes


@pytest.mark.parametrize("name", LINES)
def test_another_data_set_is_refused(write_archive, tmp_path, name):
    other = "casia_fasd" if name != "casia_fasd" else "oulu_npu"
    root = write_archive(other, tmp_path, LINES[other])
    with pytest.raises(ValueError, match="holds nothing of the layout") as told:
        ARCHIVES[name].scan(root)
    assert ARCHIVES[name].layout in str(told.value)
    assert "The first files there: '" in str(told.value)


@pytest.mark.parametrize("name", LINES)
def test_an_empty_folder_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="The first files there: nothing"):
        ARCHIVES[name].scan(tmp_path)


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
    ("casia_fasd", "train_release/21/1.avi", "subject that train_release has, 1 to 20"),
    ("casia_fasd", "train_release/01/1.avi", "is no video"),
    ("casia_fasd", "train_release/1/9.avi", "is no video"),
    ("casia_fasd", "train_release/1/1.mp4", "is no video"),
    ("replay_attack", VIDEO + ".mp4", "is no video"),
    ("replay_attack", "train/attack/held/attack_print_client001_session01_highdef_photo_adverse.mov", "is no video"),
    ("replay_attack", "train/real/client001_session01_webcam_enroll_1.mov", "no name of the data set"),
    ("oulu_npu", "Train_files/1_1_36_1.avi", "user that Train_files has, 01 to 20"),
    ("oulu_npu", "Dev_files/1_1_01_1.avi", "user that Dev_files has, 21 to 35"),
    ("oulu_npu", "Test_files/1_1_35_1.avi", "user that Test_files has, 36 to 55"),
    ("oulu_npu", "Test_files/7_1_36_1.avi", "is no video"),
    ("oulu_npu", "Test_files/1_1_36_1.avi.part", "is no video"),
    ("celeba_spoof", "Data/train/732/live/040170.webp", "is no image"),
    ("celeba_spoof", "Data/train/732/unknown/040171.jpg", "is no image"),
    ("wmca", "WMCA/face-station/069_06_000_0_00.hdf5", "is no recording"),
    ("wmca", "WMCA/face-station/22.05.18/069_06_000_2_99.mat.gz2", "is no recording"),
    ("wmca", "WMCA/face-station/22.05.18/069_06_000_3_99.hdf5", "shows 3_99, which is no instrument"),
    ("casia_cefa", "1_500_1_1_1/profile/0001.jpg", "is of no subject 000 to 499"),
    ("casia_cefa", "4_000_1_1_1/profile/0001.jpg", "is not in a folder"),
    ("casia_cefa", "1_000_1_1_1/0001.jpg", "is not in a folder"),
    ("casia_cefa", "1_001_1_1_1/depth/0001.jpg", "has no folder profile"),
    ("casia_surf", f"{SURF_REAL}/91.png", "is no colour image"),
    ("casia_surf", "Val/7/007243-color.jpg", "is no colour image"),
]


@pytest.mark.parametrize(("name", "path", "reason"), UNFIT, ids=[f"{name}-{path}" for name, path, _ in UNFIT])
def test_what_fits_no_rule_is_a_problem(raw, name, path, reason):
    root = raw(name)
    before = ARCHIVES[name].scan(root)
    add(root, path)
    scan = ARCHIVES[name].scan(root)
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
    before = ARCHIVES[name].scan(root).recordings
    add(root, path)
    scan = ARCHIVES[name].scan(root)
    sources = {problem.source for problem in scan.problems if "neither is converted" in problem.reason}
    assert len(sources) == 2
    for problem in scan.problems:
        if problem.source in sources:
            (other,) = sources - {problem.source}
            assert f"'{other}'" in problem.reason
    assert [r for r in before if r.source not in sources] == scan.recordings
    assert len(scan.recordings) < len(before)


def test_recordings_that_are_not_there_are_counted_and_some_named(raw):
    scan = ARCHIVES["oulu_npu"].scan(raw("oulu_npu"))
    (reason,) = [problem.reason for problem in scan.problems if "oulu/train/real" in problem.reason]
    assert reason == (
        "has 1 of the data set's 360 recordings for oulu/train/real; the others are missing, among them "
        "1_1_02_1, 1_1_03_1, 1_1_04_1."
    )
    scan = ARCHIVES["wmca"].scan(raw("wmca").parent)
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
    assert path in {recording.annotation for recording in ARCHIVES[name].scan(root).recordings}
    (root / path).unlink()
    annotations = Counter(recording.annotation for recording in ARCHIVES[name].scan(root).recordings)
    assert annotations[""] == 1
    assert all((root / annotation).is_file() for annotation in annotations if annotation)


def test_boxes_of_replay_attack_may_lie_in_a_folder_of_their_own(raw):
    root = raw("replay_attack")
    (root / "replayattack-face-locations-v2").mkdir()
    (root / "face-locations").rename(root / "replayattack-face-locations-v2/face-locations")
    annotations = [recording.annotation for recording in ARCHIVES["replay_attack"].scan(root).recordings]
    assert all(path.startswith("replayattack-face-locations-v2/face-locations/t") for path in annotations)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda root: (root / "test_sub_list.txt").unlink(), r"needs one test_sub_list.txt, .*; there is none"),
        (lambda root: add(root, "old/train_sub_list.txt"), "there is 'old/train_sub_list.txt', 'train_sub_list.txt'"),
        (
            lambda root: add(root, "train_sub_list.txt", text="02\nx2\n"),
            "train_sub_list.txt': entry 2, 'x2', is no client number",
        ),
        (lambda root: add(root, "test_sub_list.txt", text="01\n02\n"), "client 02 is in train_sub_list.txt as well"),
    ],
)
def test_the_subjects_of_msu_must_be_told(raw, edit, message):
    root = raw("msu_mfsd")
    edit(root)
    with pytest.raises(ValueError, match=message):
        ARCHIVES["msu_mfsd"].scan(root)


def celeb_classes(root):
    scan = ARCHIVES["celeba_spoof"].scan(root)
    return {recording.stem for recording in scan.recordings}, " ".join(scan.notes)


def test_labels_of_celeba_decide_and_the_folder_names(raw):
    stems, notes = celeb_classes(raw("celeba_spoof"))
    assert "celeb/fake/997_live_125049" in stems
    assert "the file of labels 3, folders 0" in notes
    assert "Images whose label is not their folder's: 1." in notes


@pytest.mark.parametrize("form", ["json", "44 numbers", "json before text", "none"])
def test_classes_of_celeba_from_json_text_or_folders(raw, form):
    root = raw("celeba_spoof")
    path = root / "metas/intra_test/train_label.txt"
    entries = dict(line.split() for line in path.read_text().splitlines())
    labels = {image: [0] * 40 + [3, 1, 1, int(label)] for image, label in entries.items()}
    path.unlink()
    if form.startswith("json"):
        path.with_suffix(".json").write_text(json.dumps(labels))
    if form == "44 numbers":
        path.write_text("".join(f"{image} {' '.join(map(str, numbers))}\n" for image, numbers in labels.items()))
    if form == "json before text":
        path.write_text("".join(f"{image} 0\n" for image in labels))
    stems, notes = celeb_classes(root)
    word = "real" if form == "none" else "fake"
    assert f"celeb/{word}/997_live_125049" in stems
    assert f"labels {'0, folders 3' if form == 'none' else '3, folders 0'}." in notes
    assert ("whose label is not" in notes) == (form != "none")


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        (
            "train_label.txt",
            "Data/train/732/live/040170.jpg 2\n",
            "entry 1, 'Data/train/732/live/040170.jpg', has the class '2'",
        ),
        ("train_label.txt", "Data/train/732/live/040170.jpg\n", "entry 1, 'Data/train/732/live/040170.jpg', has the class ''"),
        ("train_label.json", '{"Data/train/732/live/040170.jpg": [0, 1]}', "no JSON object of images with 44 numbers each"),
        ("train_label.txt", "Data/train/732/live/040170.jpg 0 0 1\n", "has the class '0 0 1', not 0"),
        ("train_label.txt", "732/live/040170.jpg 1\n", "entry 1, '732/live/040170.jpg', is no image Data/train"),
        ("train_label.json", "[]", "no JSON object of images with 44 numbers each"),
        ("train_label.json", "{", "no JSON object of images with 44 numbers each"),
    ],
)
def test_labels_of_celeba_that_cannot_be_read(raw, file, text, message):
    root = raw("celeba_spoof")
    for path in (root / "metas/intra_test").iterdir():
        path.unlink()
    add(root, f"metas/intra_test/{file}", text=text)
    with pytest.raises(ValueError, match=rf"metas/intra_test/{file}'.*{message}"):
        ARCHIVES["celeba_spoof"].scan(root)


def test_a_live_image_labelled_live_in_a_folder_of_spoofs_is_a_problem(raw):
    root = raw("celeba_spoof")
    path = "Data/train/563/spoof/348234"
    labels = (root / "metas/intra_test/train_label.txt").read_text()
    (line,) = [line for line in labels.splitlines() if path in line]
    add(root, "metas/intra_test/train_label.txt", text=labels.replace(line, line[:-1] + "0"))
    scan = ARCHIVES["celeba_spoof"].scan(root)
    ((source, reason),) = unfit(scan).items()
    assert source.startswith(path)
    assert "'celeb/real/563_spoof_348234', which is no name of the data set" in reason


LEFT = [
    ("celeba_spoof", "Data/train_2/1/live/000001.jpg", "train_2, a damaged copy"),
    ("wmca", "WMCA_preprocessed_CDIT/WMCA/face-station/22.05.18/069_06_000_0_00.hdf5", "infrared"),
    ("wmca", "WMCA/face-station/22.05.18/069_06_000_1_08.hdf5", "wigs"),
    ("casia_cefa", "dev/003062/profile/0001.jpg", "only have a number"),
    ("casia_cefa", "3D-Mask/002/1_002_0_0_1_1_1/profile/0001.jpg", "3D masks"),
    ("casia_cefa", "AF/AF-000-x/1_000_4_3_2/profile/0001.jpg", "do not end in 1_1_1, 3_1_2, 3_1_4, 3_2_2"),
    ("casia_surf", f"{SURF_REAL}/101.jpg", "images of Training that train_list.txt does not name"),
    ("casia_surf", "Testing/0000/000001-color.jpg", "images of Testing that test_private_list.txt does not name"),
]


@pytest.mark.parametrize(("name", "path", "reason"), LEFT, ids=[path for _, path, _ in LEFT])
def test_left_out_on_purpose(raw, name, path, reason):
    root = raw(name)
    before = ARCHIVES[name].scan(root)
    add(root, path)
    scan = ARCHIVES[name].scan(root)
    assert scan.recordings == before.recordings
    assert unfit(scan) == {}
    ((told, count),) = (scan.left_out - before.left_out).items()
    assert reason in told
    assert count == 1


def test_wmca_tests_prints_and_replays_alone(raw):
    root = raw("wmca")
    before = {recording.stem for recording in ARCHIVES["wmca"].scan(root).recordings}
    codes = ["1_01", "1_02", "1_08", "2_01", "2_08", "2_12", "2_75", "3_01", "3_05", "4_01", "5_01"]
    add(root, *(f"WMCA/face-station/22.05.18/069_07_000_{code}.hdf5" for code in codes))
    stems = {recording.stem for recording in ARCHIVES["wmca"].scan(root).recordings} - before
    made = {
        code: [split for split in ("train", "test") if f"wmca/{split}/fake/22.05.18_069_07_000_{code}" in stems]
        for code in codes
    }
    assert [code for code, own in made.items() if own == ["train", "test"]] == ["3_01", "3_05", "4_01"]
    assert [code for code, own in made.items() if own == []] == ["1_08", "5_01"]


def test_surf_without_lists_has_labels_for_training_alone(raw):
    root = raw("casia_surf")
    for path in root.glob("*_list.txt"):
        path.unlink()
    scan = ARCHIVES["casia_surf"].scan(root)
    assert planned(scan.recordings) == set(LINES["casia_surf"][:2])
    assert {reason.split(",")[0]: count for reason, count in scan.left_out.items()} == {
        "images of Val": 1,
        "images of Testing": 1,
    }
    assert all("private_list.txt, which tells their classes, is not there" in reason for reason in scan.left_out)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Val/0007/007243-color.jpg Val/0007/007243-depth.jpg 1", "line 1: .* is not 'colour depth ir label'"),
        ("a b c 2", "line 1: 'a b c 2' is not 'colour depth ir label' with the label 0 or 1"),
        ("../Val/0007/007243-color.jpg b c 1", "leaves the folder of the archive"),
        ("/Val/0007/007243-color.jpg b c 1", "leaves the folder of the archive"),
        ("a /etc/passwd c 1", "leaves the folder of the archive"),
    ],
)
def test_lists_of_surf_are_checked(raw, line, message):
    root = raw("casia_surf")
    add(root, "val_private_list.txt", text=line + "\n")
    with pytest.raises(ValueError, match=message):
        ARCHIVES["casia_surf"].scan(root)


def test_surf_names_one_list_of_a_kind(raw):
    root = raw("casia_surf")
    add(root, "old/train_list.txt")
    with pytest.raises(ValueError, match=r"several train_list\.txt: old/train_list\.txt, train_list\.txt"):
        ARCHIVES["casia_surf"].scan(root)


def test_lists_of_surf_that_contradict_or_name_too_much(raw):
    root = raw("casia_surf")
    lines = (root / "train_list.txt").read_text().splitlines()
    turned = [line[:-1] + "1" if "fake_part" in line else line for line in lines]
    add(root, "train_list.txt", text="\n".join([*turned, f"{SURF_REAL}/111.jpg a b 1"]) + "\n")
    scan = ARCHIVES["casia_surf"].scan(root)
    fake = "Training/fake_part/CLKJ_AS0005/04_en_b.rssdk/color/101.jpg"
    assert unfit(scan) == {
        fake: "is real in train_list.txt, which its folder contradicts; it is not converted.",
        "train_list.txt": f"names images that are not there: 1, among them {SURF_REAL}/111.jpg.",
    }


OFFICIAL = os.environ.get("FLIP_MM_LISTS")
# WMCA: five recordings have fewer than ten frames in the authors' training list, and nine others have another step than 5,
# which comes from their number of frames; frames on either side that the other has not, of a recording of 50 frames.
DIFFERENCES = {"wmca": (71, 83)}


@pytest.mark.skipif(not OFFICIAL, reason="FLIP_MM_LISTS does not name the folder of the official lists, MCIO/ and WCS/")
@pytest.mark.parametrize("name", LINES)
def test_official_lists(fake_archives, monkeypatch, tmp_path, name):
    archive, official = ARCHIVES[name], use_official(Path(OFFICIAL), ARCHIVES[name].domain)
    lines = [line for own in official.lists.values() for line in own]

    def walk(root, closed=lambda name: False):
        return fake_archives.list_tree(name, root, lines, closed)

    monkeypatch.setattr(sys.modules[archive.scan.__module__], "walk", walk)
    scan = choose(archive.scan(tmp_path), archive.per_class, official)
    assert scan.problems == []
    paths = planned(scan.recordings)
    difference = compare(paths, official.outputs())
    assert (len(difference.missing), len(difference.extra)) == DIFFERENCES.get(name, (0, 0))

    files = {"real": [], "spoof": []}
    for path in official.outputs():
        files["real" if "/real/" in path else "spoof"].append(path)
    lists = make_lists(archive.domain, files)
    assert lists.keys() == official.lists.keys()
    for list_name, own in official.lists.items():
        assert len(lists[list_name]) == len(own)
    for word in ("real", "fake"):
        stem = f"{DOMAINS[archive.domain]}_{word}"
        assert set(lists[f"{stem}_train.txt"]) == set(official.lists[f"{stem}_train.txt"])
        if archive.domain != "CelebA":
            ours, theirs = (set(own[f"{stem}_test.txt"]) | set(own[f"{stem}_shot.txt"]) for own in (lists, official.lists))
            assert ours == theirs


@pytest.mark.parametrize("name", LINES)
def test_the_docs_show_the_layout(name):
    page = (Path(__file__).parents[3] / "docs/archives.md").read_text(encoding="utf-8")
    assert indent(ARCHIVES[name].layout, "    ") in page
    assert f"## {ARCHIVES[name].title}\n" in page
