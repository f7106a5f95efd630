# SPDX-License-Identifier: Apache-2.0
import random

import pytest

from flip_mm.datasets import register_domain
from flip_mm.datasets.list_maker import make_lists
from flip_mm.datasets.lists import read_list
from flip_mm.preparation.official_lists import compare_images, read_official_lists

ENDINGS = {"O": [f"_frame{k}.png" for k in (0, 1)], "CeFA": [f"_{k:02d}.jpg" for k in range(10)]}


def cefa(split, word, subjects):
    code = "1_1_1" if word == "real" else "3_1_2"
    return [f"cefa/{split}/{word}/1_{subject}_{code}{end}" for subject in subjects for end in ENDINGS["CeFA"]]


def oulu(word, users, split="train"):
    file = 1 if word == "real" else 2
    return [f"oulu/{split}/{word}/1_1_{user:02d}_{file}{end}" for user in users for end in ENDINGS["O"]]


def both(make, *arguments):
    return {"real": make("real", *arguments), "spoof": make("fake", *arguments)}


def test_mcio_list_one_frame_a_video_and_test_all_but_ten():
    lists = make_lists("O", both(oulu, range(1, 21)))
    assert {name: len(lines) for name, lines in lists.items()} == {
        f"oulu_{word}_{kind}.txt": count
        for word in ("real", "fake")
        for kind, count in (("train", 20), ("test", 16), ("shot", 4))
    }
    train, test, shot = (lists[f"oulu_fake_{kind}.txt"] for kind in ("train", "test", "shot"))
    assert train == sorted(test + shot) == [path for path in oulu("fake", range(1, 21)) if "_frame0" in path]
    assert test == sorted(test)


def test_a_video_without_frame_1_is_in_no_list():
    files = both(oulu, range(1, 21))
    files["real"].remove("oulu/train/real/1_1_07_1_frame1.png")
    files["real"].remove("oulu/train/real/1_1_08_1_frame0.png")
    lists = make_lists("O", files)
    lines = {line for own in lists.values() for line in own}
    assert not {line for line in lines if "_07_1" in line or "_08_1" in line}
    assert len(lists["oulu_real_train.txt"]) == 18


def test_cefa_trains_on_all_and_tests_the_test_folder():
    files = {
        word: cefa("train", own, range(100, 120)) + cefa("test", own, range(200, 230))
        for word, own in (("real", "real"), ("spoof", "fake"))
    }
    lists = make_lists("CeFA", files)
    assert len(lists["cefa_real_train.txt"]) == 500
    assert len(lists["cefa_real_test.txt"]) == 290
    shots = lists["cefa_real_shot.txt"]
    assert len({line.rpartition("_")[0] for line in shots}) == len(shots) == 10
    assert not set(shots) & set(lists["cefa_real_test.txt"])
    assert all("/test/" in line for line in shots)


def test_wmca_trains_on_the_train_folder():
    name = "22.05.18_0{k:02d}_06_000_0_00"
    train = [f"wmca/train/real/{name}_{i:02d}.jpg".format(k=k) for k in range(20) for i in range(0, 50, 5)]
    test = [f"wmca/test/real/{name}_{i:02d}.jpg".format(k=k) for k in range(20) for i in range(10)]
    lists = make_lists("W", {"real": train + test, "spoof": []})
    assert lists["wmca_real_train.txt"] == train
    assert sorted(lists["wmca_real_test.txt"] + lists["wmca_real_shot.txt"]) == test
    assert len(lists["wmca_real_shot.txt"]) == 10


def test_surf_tests_val():
    train = [f"surf/train/real/Testing_0000_{k:06d}-color.jpg" for k in range(30)]
    test = [f"surf/test/real/Val_0000_{k:06d}-color.jpg" for k in range(100)]
    lists = make_lists("S", {"real": train + test, "spoof": []})
    assert lists["surf_real_train.txt"] == sorted(train + test)
    assert sorted(lists["surf_real_test.txt"] + lists["surf_real_shot.txt"]) == test
    assert len(lists["surf_real_shot.txt"]) == 10


def test_celeba_only_trains():
    files = {"real": [f"celeb/real/1_live_{k:06d}.jpg" for k in range(9)], "spoof": ["celeb/fake/1_spoof_000001.jpg"]}
    assert make_lists("CelebA", files) == {"celeb_real_train.txt": files["real"], "celeb_fake_train.txt": files["spoof"]}


def test_lists_do_not_depend_on_the_order_of_files():
    files = both(oulu, range(1, 21))
    lists = make_lists("O", files)
    shuffled = {name: random.Random(1).sample(own, len(own)) for name, own in files.items()}
    assert make_lists("O", shuffled) == lists
    # The order in which shots are drawn is part of what users get: --shots 5 takes the first ones.
    assert lists["oulu_real_shot.txt"] == [f"oulu/train/real/1_1_{user}_1_frame0.png" for user in ("07", "19", "11", "18")]


def test_one_more_video_moves_few_shots():
    before, after = (make_lists("O", both(oulu, range(1, last)))["oulu_real_shot.txt"] for last in (20, 21))
    assert len(set(after) - set(before)) <= 1


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"real": ["oulu/train/real/1_1_01_9_frame0.png"], "spoof": []}, "is no official name of domain O"),
        ({"real": oulu("fake", [1]), "spoof": []}, "'oulu/train/fake/1_1_01_2_frame0.png' is given as real"),
    ],
)
def test_names_are_checked(files, message):
    with pytest.raises(ValueError, match=message):
        make_lists("O", files)


def mine(word, attack, split, *names):
    return [f"mine/{split}/{word}/s/{attack}/{name}_frame{k}.png" for name in names for k in (0, 1)]


@pytest.mark.usefixtures("registrations")
def test_an_undivided_set_trains_and_is_tested_as_a_whole():
    register_domain("MINE", stem="mine")
    real = mine("real", "bonafide", "train", "a", "b")
    files = dict(real=real[::-1], spoof=[*mine("fake", "x", "train", "c"), "mine/train/fake/s/x/d_frame0.png"])
    lists = make_lists("MINE", files)
    assert lists["mine_real_train.txt"] == lists["mine_real_test.txt"] == real[::2]
    # Frame 1 of the other one is missing.
    assert lists["mine_fake_train.txt"] == lists["mine_fake_test.txt"] == ["mine/train/fake/s/x/c_frame0.png"]
    assert len(lists) == 4


@pytest.mark.usefixtures("registrations")
def test_a_division_is_kept():
    register_domain("MINE", stem="mine")
    test = {"real": mine("real", "bonafide", "test", *"efgh"), "spoof": mine("fake", "x", "test", *"efgh")}
    train = {"real": mine("real", "bonafide", "train", *"ab"), "spoof": mine("fake", "x", "train", *"ab")}
    lists = make_lists("MINE", {name: test[name] + train[name] for name in test})
    assert lists["mine_real_train.txt"] == train["real"][::2]
    assert lists["mine_fake_test.txt"] == test["spoof"][::2]
    assert lists == make_lists("MINE", {name: [*train[name], *reversed(test[name])] for name in test})
    assert sorted(make_lists("MINE", test)) == ["mine_fake_test.txt", "mine_real_test.txt"]


@pytest.mark.usefixtures("registrations")
def test_a_list_without_lines_is_left_out():
    register_domain("MINE", stem="mine", frames="single")
    lists = make_lists("MINE", dict(real=["mine/train/real/s/bonafide/a.jpg"], spoof=[]))
    assert sorted(lists) == ["mine_real_test.txt", "mine_real_train.txt"]


@pytest.fixture
def lists():
    return make_lists("O", both(oulu, range(1, 21)))


def write(folder, lists):
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in lists.items():
        (folder / name).write_text("\n".join(lines) + "\n")
    return folder


@pytest.mark.parametrize("place", [".", "txt", "MCIO", "MCIO/txt"])
def test_the_authors_lists_are_found(tmp_path, lists, place):
    write(tmp_path / place, lists)
    official = read_official_lists(tmp_path, "O")
    assert official.folder == tmp_path / place
    assert official.lists == lists
    assert official.outputs() == {path for own in both(oulu, range(1, 21)).values() for path in own}


def test_only_training_lists_are_enough(tmp_path):
    files = {"real": ["celeb/real/1_live_000000.jpg"], "spoof": ["celeb/fake/1_spoof_000001.jpg"]}
    write(tmp_path / "MCIO", make_lists("CelebA", files))
    write(tmp_path / "WCS", make_lists("CelebA", files))
    assert read_official_lists(tmp_path, "CelebA").outputs() == {files["real"][0], files["spoof"][0]}


def test_lists_in_two_folders_must_agree(tmp_path, lists):
    write(tmp_path, lists)
    write(tmp_path / "txt", lists | {"oulu_real_shot.txt": lists["oulu_real_shot.txt"][:2]})
    with pytest.raises(ValueError, match=rf"The lists of oulu in '{tmp_path}' and '{tmp_path / 'txt'}' differ"):
        read_official_lists(tmp_path, "O")


def test_missing_lists(tmp_path, lists):
    with pytest.raises(ValueError, match=rf"'{tmp_path}' has no oulu_real_train.txt, directly or in txt, MCIO, WCS"):
        read_official_lists(tmp_path, "O")
    write(tmp_path, lists)
    (tmp_path / "oulu_fake_train.txt").unlink()
    with pytest.raises(ValueError, match=r"oulu_fake_train.txt' is missing"):
        read_official_lists(tmp_path, "O")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "oulu/train/fake/1_1_01_2_frame0.png",
            "oulu_real_test.txt': the line 'oulu/train/fake.* belongs in the list of the other class",
        ),
        ("../oulu/train/real/1_1_01_1_frame0.png", "leads out of frame/"),
        ("oulu/train/real/1_1_01_1.png", "is no official name of domain O"),
    ],
)
def test_lines_of_the_authors_lists_are_checked(tmp_path, lists, line, message):
    write(tmp_path, lists | {"oulu_real_test.txt": [line]})
    with pytest.raises(ValueError, match=message):
        read_official_lists(tmp_path, "O")


def test_what_is_written_is_read_back(tmp_path, lists):
    for name in lists:
        assert read_list(write(tmp_path, lists) / name) == lists[name]


def test_differences_are_counted_and_some_named():
    assert str(compare_images(["a"], ["a"])) == "The images are the same as in the authors' lists."
    difference = compare_images(map(str, range(3)), map(str, range(1, 9)))
    assert difference.missing == list("345678")
    assert str(difference) == (
        "6 images of the authors' lists are missing (3, 4, 5 and 3 more); 1 image is not in their lists (0)."
    )
