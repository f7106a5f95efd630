# SPDX-License-Identifier: Apache-2.0
from collections import Counter

import pytest
from mmpretrain.registry import DATASETS

from flip_mm.datasets.data_set import DataSet
from flip_mm.datasets.lists import Entry, list_path, read_entries, read_list
from flip_mm.datasets.naming import parse_name


@pytest.fixture
def parsed(monkeypatch):
    """Path -> how often it was parsed."""
    counts, split_name = Counter(), DataSet.split_name

    def count(self, path):
        counts[path] += 1
        return split_name(self, path)

    monkeypatch.setattr(DataSet, "split_name", count)
    return counts


def test_lines_of_a_list_are_parsed(shared_mcio):
    path = list_path(shared_mcio, "O", "spoof", "test")
    assert read_entries(path, "O", "spoof") == [Entry(line, parse_name("O", line)) for line in read_list(path)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("msu/train/real/x_frame0.png", "is no official name of domain M"),
        ("msu/train/real/real_client002_android_SD_scene01_frame1.png", "names frame 1; lists name frame 0"),
        ("msu/train/fake/attack_client001_laptop_SD_ipad_video_scene01_frame0.png", "the list of the other class"),
        (r"msu\train\real\real_client002_android_SD_scene01_frame0.png", r"Write the path with / instead of \\\."),
        ("msu/../x.png", "leads out of frame/"),
    ],
)
def test_a_bad_line_is_named_with_its_list(tmp_path, line, message):
    path = tmp_path / "msu_real_train.txt"
    path.write_text(f"msu/train/real/real_client001_android_SD_scene01_frame0.png\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=rf"msu_real_train.txt'.*{message}"):
        read_entries(path, "M", "real")


@pytest.mark.parametrize(("split", "shots"), [("train", 0), ("train", 1), ("test", 0)])
def test_a_data_set_reads_each_line_once(shared_mcio, parsed, split, shots):
    run = dict(protocol="p1", target="O", shots=shots)
    data = DATASETS.build(dict(type="FASDataset", run=run, split=split, data_root=str(shared_mcio), pipeline=[]))
    assert len(data) > 20
    assert {*parsed.values()} == {1}
