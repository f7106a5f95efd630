# SPDX-License-Identifier: Apache-2.0
from collections import Counter
from pathlib import Path

import pytest

from flip_mm.datasets.archive import Problem, Recording, Scan
from flip_mm.preparation.official_lists import OfficialLists
from flip_mm.preparation.official_subset import select_subset


@pytest.fixture
def scan():
    stems = [f"celeb/real/{k}_live_{k:06d}" for k in range(30)] + [f"celeb/fake/{k}_spoof_{k:06d}" for k in range(30, 90)]
    recordings = [Recording("CelebA", f"{stem}.png", stem, "image", "single") for stem in stems]
    return Scan(recordings, [Problem("x", "is no image")], Counter({"images of Data/test": 4}), ["a note"])


def stems(scan):
    return [recording.stem for recording in scan.recordings]


def test_as_many_of_each_class(scan):
    chosen = select_subset(scan, 20)
    assert Counter(stem.split("/")[1] for stem in stems(chosen)) == {"real": 20, "fake": 20}
    assert [stem for stem in stems(scan) if stem in set(stems(chosen))] == stems(chosen)
    assert chosen.left_out == {"images of Data/test": 4, "images that the lists do not name": 50}
    assert (chosen.problems, chosen.notes) == (scan.problems, ["a note"])
    assert len(scan.recordings) == 90


def test_the_choice_depends_only_on_names(scan):
    backwards = Scan(scan.recordings[::-1])
    assert set(stems(select_subset(backwards, 20))) == set(stems(select_subset(scan, 20)))
    # Growing the number keeps what was chosen before.
    assert set(stems(select_subset(scan, 10))) < set(stems(select_subset(scan, 20)))


def test_fewer_than_wanted_are_all_taken(scan):
    chosen = select_subset(scan, 40)
    assert Counter(stem.split("/")[1] for stem in stems(chosen)) == {"real": 30, "fake": 40}


def test_other_data_sets_are_taken_whole(scan):
    assert select_subset(scan, 0) is scan


def official(**lists):
    return OfficialLists("CelebA", Path(), {f"celeb_{word}_train.txt": lines for word, lines in lists.items()})


def test_the_authors_lists_decide_which_and_of_which_class(scan):
    lists = official(
        real=["celeb/real/3_live_000003.jpg"], fake=["celeb/fake/40_spoof_000040.jpg", "celeb/fake/4_live_000004.jpg"]
    )
    chosen = select_subset(scan, 20, lists)
    assert stems(chosen) == ["celeb/real/3_live_000003", "celeb/fake/4_live_000004", "celeb/fake/40_spoof_000040"]
    assert chosen.recordings[1].source == "celeb/real/4_live_000004.png"
    assert chosen.notes[1:] == ["Images with another class in the authors' lists: 1. The lists decide."]
    assert chosen.problems == scan.problems


def test_missing_images_of_the_authors_lists_are_a_problem(scan):
    lists = official(real=["celeb/real/3_live_000003.jpg"], fake=[f"celeb/fake/1_spoof_{k:06d}.jpg" for k in range(100, 105)])
    chosen = select_subset(scan, 20, lists)
    assert stems(chosen) == ["celeb/real/3_live_000003"]
    _, problem = chosen.problems
    assert problem.reason == (
        "has 1 of the 6 images in the authors' lists; missing: celeb/fake/1_spoof_000100, celeb/fake/1_spoof_000101, "
        "celeb/fake/1_spoof_000102 and 2 more."
    )
