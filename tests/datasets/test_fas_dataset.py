# SPDX-License-Identifier: Apache-2.0
import os
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from mmpretrain.registry import DATASETS, TRANSFORMS
from PIL import Image

from flip_mm.datasets.lists import read_list
from flip_mm.datasets.protocols import RUNS, get_run

PIPELINE = [
    dict(type="LoadFrame"),
    dict(type="SaturationJitter", prob=1.0),
    dict(type="NumpyToPIL", to_rgb=True),
    dict(type="torchvision/RandomResizedCrop", size=(24, 24)),
    dict(type="PILToNumpy"),
    dict(type="GaussianBlur", magnitude_range=(0.1, 2.0), magnitude_std="inf", prob=0.9),
    dict(type="PackInputs", meta_keys=("img_path", "domain", "video_id")),
]


def dataset(root, split="train", run=None, **kwargs):
    run = run or dict(protocol="p1", target="O")
    config = dict(type="FASDataset", run=run, split=split, data_root=str(root), pipeline=PIPELINE)
    return DATASETS.build(config | kwargs)


def infos(data):
    return [data.get_data_info(i) for i in range(len(data))]


def test_training_set_in_the_order_of_a_batch(shared_mcio):
    data = dataset(shared_mcio)
    assert list(data.streams) == [(d, c) for d in ("I", "C", "M", "CelebA") for c in ("real", "spoof")]
    assert [len(v) for v in data.streams.values()] == [6, 12, 6, 12, 6, 12, 6, 6]
    for (domain, name), indices in data.streams.items():
        own = [data.get_data_info(i) for i in indices]
        assert {(s["domain"], s["gt_label"], s["frame"], s["role"]) for s in own} == {(domain, int(name == "real"), 0, "train")}
        assert {s["attack_type"] == "bonafide" for s in own} == {name == "real"}
    assert sum(map(len, data.streams.values())) == len(data) == len({s["video_id"] for s in infos(data)})


def test_without_auxiliary_domain(shared_mcio):
    data = dataset(shared_mcio, run=dict(protocol="p1", target="M", aux=False))
    assert {domain for domain, _ in data.streams} == {"O", "C", "I"}


def test_testing_adds_frame_1_of_every_line(shared_mcio):
    samples = infos(dataset(shared_mcio, "test"))
    lines = [line for c in ("real", "fake") for line in (shared_mcio / "txt" / f"oulu_{c}_test.txt").read_text().split()]
    want = [line.replace("_frame0", f"_frame{k}") for line in lines for k in (0, 1)]
    assert [s["img_path"] for s in samples] == [str(shared_mcio / "frame" / line) for line in want]
    assert [s["frame"] for s in samples] == [0, 1] * len(lines)
    assert [s["video_id"] for s in samples] == [line[: -len("_frame0.png")] for line in want]
    assert {s["role"] for s in samples} == {"target"}


def reseed(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def test_a_sample_is_a_function_of_its_seed(shared_mcio):
    data = dataset(shared_mcio)
    reseed(1)
    first = data[3, 77]["inputs"]
    reseed(2)
    assert torch.equal(data[3, 77]["inputs"], first)
    assert not torch.equal(data[3, 78]["inputs"], first)


def test_drawing_a_sample_does_not_change_the_generators(shared_mcio):
    def draw():
        return random.random(), np.random.random(), torch.rand(1).item()

    data = dataset(shared_mcio)
    reseed(1)
    untouched = draw()
    reseed(1)
    data[3, 77]
    assert draw() == untouched


def test_the_run_is_stored_with_the_data(shared_mcio):
    meta = dataset(shared_mcio).metainfo
    assert meta["classes"] == ("spoof", "real")
    run = dict(protocol="p1", sources=("I", "C", "M"), aux=("CelebA",), target="O", shots=0, holdout=0.0, unlabelled="")
    assert meta["run"] == run


def test_missing_list(mcio):
    (mcio / "txt/casia_fake_train.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"casia_fake_train.txt' is missing: protocol p1 \(ICM->O\) needs it"):
        dataset(mcio)


def test_missing_images_are_counted_and_named(mcio):
    gone = sorted((mcio / "frame/celeb/real").iterdir())
    for path in gone:
        path.unlink()
    with pytest.raises(FileNotFoundError, match=rf"6 of 66 images .* are missing: {gone[0].parent}.* and 1 more"):
        dataset(mcio)
    assert len(dataset(mcio, check_files=False)) == 66


def test_missing_second_frame_stops_a_test(mcio):
    line = (mcio / "txt/oulu_real_test.txt").read_text().split()[0].replace("_frame0", "_frame1")
    (mcio / "frame" / line).unlink()
    with pytest.raises(FileNotFoundError, match=f"1 of .* images .* are missing: .*{line}"):
        dataset(mcio, "test")


def test_empty_class(mcio):
    (mcio / "txt/msu_real_train.txt").write_text("\n\n")
    with pytest.raises(ValueError, match=r"msu_real_train.txt' is empty"):
        dataset(mcio)


@pytest.mark.parametrize("line", ["msu/train/real/holiday.png", "msu/train/fake/real_client001_android_SD_scene01_frame0.png"])
def test_a_line_that_is_no_official_name(mcio, line):
    (mcio / "txt/msu_real_train.txt").write_text(line)
    with pytest.raises(ValueError, match=rf"msu_real_train.txt': '{line}' is no official name of domain M"):
        dataset(mcio)


def test_an_attack_in_the_list_of_real_faces(mcio):
    line = (mcio / "txt/msu_fake_train.txt").read_text().split()[0]
    with (mcio / "txt/msu_real_train.txt").open("a") as file:
        file.write(line)
    with pytest.raises(ValueError, match=rf"msu_real_train.txt': the line '{line}' belongs in the list of the other class"):
        dataset(mcio)


@pytest.mark.parametrize("line", ["../../secret_frame0.png", "/etc/passwd_frame0.png"])
def test_a_line_that_leaves_the_folder(mcio, line):
    (mcio / "txt/msu_real_train.txt").write_text(line)
    with pytest.raises(ValueError, match=r"msu_real_train.txt': the line .* leads out of frame/"):
        dataset(mcio)


def test_windows_line_ends_blank_lines_and_a_byte_order_mark_do_not_matter(mcio):
    path = mcio / "txt/msu_real_train.txt"
    plain = infos(dataset(mcio))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n\r\n"))
    assert infos(dataset(mcio)) == plain


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("müller".encode("latin-1"), r"The list '.*msu_real_train.txt' is not UTF-8 text"),
        (rb"msu\train\real\real_client001_android_SD_scene01_frame0.png", r"no official name .* with / instead of"),
        (
            b"msu/train/real/a.png 1",
            r"msu_real_train.txt': the line 'msu/train/real/a.png 1' has a label. Write only the path",
        ),
        (b"msu/train/real/a.png,1", r"Write only the path, 'msu/train/real/a.png'; the class is in the name of the list"),
        (b"msu/train/real/a.png\t1", r"has a label"),
        (b"real, msu/train/real/a.png", r"Write only the path, 'msu/train/real/a.png'"),
        ("a\u00e9.png\nae\u0301.png".encode(), r"the lines 'a\\xe9.png' and 'ae\\u0301.png' differ only in blanks, invisible"),
        (b"msu/train/real/real_client001_android_SD_scene01_frame1.png", r"names frame 1; lists name frame 0"),
    ],
)
def test_other_lists_are_refused(mcio, content, message):
    (mcio / "txt/msu_real_train.txt").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        dataset(mcio)


def test_a_bad_name_in_a_test_list_names_the_list(mcio):
    (mcio / "txt/oulu_real_test.txt").write_text("oulu/test/real/1_2_07_1.png")
    with pytest.raises(ValueError, match=r"oulu_real_test.txt': 'oulu/test/real/1_2_07_1.png' is no official name"):
        dataset(mcio, "test")


def test_lines_that_differ_only_in_case_give_a_warning(mcio, monkeypatch):
    said = []
    monkeypatch.setattr("flip_mm.datasets.lists.print_log", lambda text, **_: said.append(text))
    path = mcio / "txt/msu_real_train.txt"
    path.write_text("a.png\nb.png\nA.png\nB.png\n")
    assert read_list(path) == ["a.png", "b.png", "A.png", "B.png"]
    assert said == [f"'{path}': 2 lines differ from another line only in case, such as 'a.png' and 'A.png'; each counts."]


def test_repeated_lines_count_once(mcio, monkeypatch):
    said = []
    monkeypatch.setattr("flip_mm.datasets.lists.print_log", lambda text, **_: said.append(text))
    path = mcio / "txt/msu_real_train.txt"
    path.write_text(path.read_text() * 2)
    assert len(dataset(mcio).streams["M", "real"]) == 6
    assert any("repeats 6 of its lines" in text for text in said)


@pytest.mark.parametrize("damage", ["truncated", "empty", "text"])
def test_an_unreadable_image_stops_with_its_path(mcio, damage):
    data = dataset(mcio)
    path = data.get_data_info(0)["img_path"]
    content = Path(path).read_bytes()
    Path(path).write_bytes(dict(truncated=content[: len(content) // 2], empty=b"", text=b"hello")[damage])
    with pytest.raises(RuntimeError, match=rf"The image '{path}' could not be read .*never skipped"):
        data[0, 1]


def test_an_image_of_16_bits_is_refused(mcio):
    data = dataset(mcio)
    path = data.get_data_info(0)["img_path"]
    Image.fromarray(np.full((8, 8), 30000, np.uint16)).save(path)
    with pytest.raises(RuntimeError, match=rf"'{path}' .*more than 8 bits per channel \(mode I;16\)"):
        data[0, 1]


def test_a_jpeg_damaged_inside_is_refused(mcio, damaged_jpeg):
    data = dataset(mcio)
    path = data.get_data_info(0)["img_path"]
    Path(path).write_bytes(damaged_jpeg)
    with pytest.raises(RuntimeError, match=rf"'{path}' .*DamagedError: it is damaged: .*images are never skipped"):
        data[0, 1]


@pytest.mark.parametrize("limit", [40, 100])
def test_a_decompression_bomb_is_refused(mcio, monkeypatch, limit):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    data = dataset(mcio)
    path = data.get_data_info(0)["img_path"]
    Image.new("RGB", (15, 10)).save(path)
    with pytest.raises(RuntimeError, match=rf"'{path}' .*DecompressionBomb"):
        data[0, 1]


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "CMYK"])
def test_other_modes_become_colour(tmp_path, mode):
    image = Image.new("RGB", (6, 4), (90, 120, 30)).convert(mode)
    image.save(tmp_path / "a.tif")
    loaded = TRANSFORMS.build(dict(type="LoadFrame"))(dict(img_path=str(tmp_path / "a.tif")))["img"]
    assert np.array_equal(loaded[..., ::-1], np.array(image.convert("RGB")))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (dict(run=dict(protocol="p1", target="O", tragte="M")), ValueError, r"unknown keys \['tragte'\]"),
        (dict(split="dev"), ValueError, "split must be 'train' or 'test', got 'dev'"),
        (dict(pipline=[]), TypeError, "pipline"),
        (dict(run=dict(protocol="p1", target="X")), ValueError, "run.target='X'.* no run of protocol p1 matches"),
    ],
)
def test_bad_arguments(shared_mcio, change, error, message):
    with pytest.raises(error, match=message):
        dataset(shared_mcio, **change)


def test_holdout_takes_whole_subjects_out_of_training(shared_mcio):
    run = dict(protocol="p1", target="O", holdout=0.3)
    train, test = (infos(dataset(shared_mcio, split, run)) for split in ("train", "test"))
    every = infos(dataset(shared_mcio))
    dev = [s for s in test if s["role"] == "dev"]
    assert {s["video_id"] for s in train}.isdisjoint(s["video_id"] for s in dev)
    assert {s["video_id"] for s in train} | {s["video_id"] for s in dev} == {s["video_id"] for s in every}
    assert {(s["domain"], s["subject"]) for s in train}.isdisjoint((s["domain"], s["subject"]) for s in dev)
    assert {(s["domain"], s["gt_label"]) for s in dev} == {(d, label) for d in ("I", "C", "M") for label in (0, 1)}
    assert [s["frame"] for s in dev] == [0, 1] * (len(dev) // 2)
    assert [s for s in test if s["role"] == "target"] == [
        s | dict(sample_idx=s["sample_idx"] + len(dev)) for s in infos(dataset(shared_mcio, "test"))
    ]


def test_shots_are_streams_of_four_copies(shared_mcio):
    data = dataset(shared_mcio, run=dict(protocol="p1", target="O", shots=1))
    assert list(data.streams)[-2:] == [("O", "real"), ("O", "spoof")]
    for name, word in (("real", "real"), ("spoof", "fake")):
        indices = data.streams["O", name]
        assert len(indices) == 4
        assert len(set(indices)) == 1
        first = (shared_mcio / f"txt/oulu_{word}_shot.txt").read_text().split()[0]
        assert data.get_data_info(indices[0])["img_path"] == str(shared_mcio / "frame" / first)


def test_more_shots_than_the_list_has(shared_mcio):
    with pytest.raises(ValueError, match=r"run.shots=50: the list '.*oulu_real_shot.txt' has only \d+ lines"):
        dataset(shared_mcio, run=dict(protocol="p1", target="O", shots=50))


def test_intra_divides_by_the_folder(shared_mcio):
    run = dict(protocol="intra", target="C")
    train, test = (infos(dataset(shared_mcio, split, run)) for split in ("train", "test"))
    assert {s["img_path"].split("/")[-3] for s in train} == {"train"}
    assert {s["img_path"].split("/")[-3] for s in test} == {"test"}
    lines = sum(len((shared_mcio / f"txt/casia_{word}_train.txt").read_text().split()) for word in ("real", "fake"))
    assert len(train) + len(test) // 2 == lines


def test_intra_needs_both_folders(mcio):
    path = mcio / "txt/casia_real_train.txt"
    path.write_text("".join(line + "\n" for line in path.read_text().split() if "/train/" in line))
    (mcio / "txt/casia_real_test.txt").write_text(path.read_text())
    with pytest.raises(ValueError, match=r"casia_real_\*.txt': no line is in a folder 'test'"):
        dataset(mcio, "test", dict(protocol="intra", target="C"))


OFFICIAL = os.environ.get("FLIP_MM_LISTS")
# Samples that train, then images and videos of the test; from the published counts of lines.
TRAIN = {"M": 280, "C": 600, "I": 840, "O": 3600, "W": 16758, "CeFA": 60000, "S": 96584, "CelebA": 80000}
TEST = {
    "M": (520, 260),
    "C": (1160, 580),
    "I": (1640, 820),
    "O": (7160, 3580),
    "W": (8930, 895),
    "CeFA": (11980, 1200),
    "S": (9588, 9588),
}
ALL = [(protocol, *run) for protocol, runs in RUNS.items() if protocol != "intra" for run in runs if run[1] in TEST]


@pytest.fixture(scope="module")
def official(tmp_path_factory):
    root = tmp_path_factory.mktemp("official")
    (root / "txt").mkdir()
    for path in Path(OFFICIAL).absolute().glob("*/*.txt"):
        (root / "txt" / path.name).symlink_to(path)
    return root


@pytest.mark.skipif(not OFFICIAL, reason="FLIP_MM_LISTS does not name the folder of the official lists, MCIO/ and WCS/")
@pytest.mark.parametrize(("protocol", "sources", "target"), ALL, ids=lambda x: "".join(x))
def test_official_counts(official, protocol, sources, target):
    run = dict(protocol=protocol, target=target, source=sources[0] if protocol == "p3" else None)
    test = infos(dataset(official, "test", run, check_files=False))
    assert (len(test), len({s["video_id"] for s in test})) == TEST[target]
    # The 80,000 lines of CelebA-Spoof are read once, under protocol 1.
    run["aux"] = (protocol, target) == ("p1", "M")
    if protocol != "celeba":
        train = dataset(official, "train", run, check_files=False)
        assert len(train) == sum(TRAIN[domain] for domain in get_run(**run).train_domains)


@pytest.mark.skipif(not OFFICIAL, reason="FLIP_MM_LISTS does not name the folder of the official lists, MCIO/ and WCS/")
def test_official_division_of_oulu(official):
    train, test = (
        dataset(official, split, dict(protocol="intra", target="O"), check_files=False) for split in ("train", "test")
    )
    assert [len(indices) for indices in train.streams.values()] == [360, 1440]
    assert len(test) == 2 * (360 + 1440)
