# SPDX-License-Identifier: Apache-2.0
"""Samples in columns are those that a plain reading of the lists, line by line, gives."""

import copy
import os
import pickle
import tracemalloc
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from flip_mm.datasets import FASDataset, register_domain
from flip_mm.datasets.holdout import held_out_units
from flip_mm.datasets.lists import list_path, read_entries
from flip_mm.datasets.naming import original_split
from flip_mm.datasets.protocols import get_run
from flip_mm.datasets.sample_table import SampleTable
from flip_mm.datasets.sets import DATA_SETS
from flip_mm.labels import CLASSES, LIST_WORDS


def holdout_unit(name):
    return f"subject {name.subject}" if name.subject else name.video_id


def plain_samples(run, split, root):
    """A dict of each sample, and the indices of each stream: one line after the other."""
    samples, streams = [], {}

    def lines(domain, name, kind):
        return read_entries(list_path(root, domain, name, kind), domain, name)

    def of_split(domain, name, kind):
        if run.protocol != "intra":
            return lines(domain, name, kind)
        both = dict(lines(domain, name, "train") + lines(domain, name, "test"))
        return [own for own in both.items() if original_split(own[0]) == kind]

    def frames(domain, entries):
        for line, parsed in entries:
            yield line, parsed
            for second in DATA_SETS[domain].frames_to_test(line)[1:]:
                yield second, replace(parsed, frame=1)

    def add(domain, name, entries, role):
        start = len(samples)
        for line, parsed in entries:
            seen = parsed if role != "adapt" else replace(parsed, session="", attack_type="", medium="")
            samples.append(
                dict(
                    gt_label=-1 if role == "adapt" else CLASSES.index(parsed.label),
                    domain=domain,
                    domain_index=run.domain_index(domain),
                    video_id=parsed.video_id,
                    subject=parsed.subject,
                    session=seen.session,
                    device=parsed.device,
                    attack_type=seen.attack_type,
                    medium=seen.medium,
                    frame=parsed.frame,
                    role=role,
                    img_path=os.path.join(root, "frame", line),
                )
            )
        streams[domain, name] = list(range(start, len(samples)))

    def divided(domain):
        own = {name: of_split(domain, name, "train") for name in LIST_WORDS}
        videos = {name: {parsed.video_id: holdout_unit(parsed) for _, parsed in entries} for name, entries in own.items()}
        sizes = {name: Counter(units.values()) for name, units in videos.items()}
        chosen = held_out_units(domain, sizes, run.holdout if domain in run.sources else 0)
        for name, entries in own.items():
            yield (
                name,
                [e for e in entries if holdout_unit(e[1]) not in chosen],
                [e for e in entries if holdout_unit(e[1]) in chosen],
            )

    if split == "train":
        for domain in run.train_domains:
            for name, kept, _ in divided(domain):
                add(domain, name, kept, "train")
        for name in LIST_WORDS if run.shots else ():
            add(run.target, name, lines(run.target, name, "shot")[: run.shots], "train")
            streams[run.target, name] *= 4
        if run.unlabelled:
            both = [entry for name in LIST_WORDS for entry in lines(run.target, name, run.unlabelled)]
            add(run.target, "adapt", frames(run.target, both) if run.unlabelled == "test" else both, "adapt")
        return samples, streams
    for domain in run.sources if run.holdout else ():
        for name, _, out in divided(domain):
            add(domain, name, frames(domain, out), "dev")
    for name in LIST_WORDS:
        add(run.target, name, frames(run.target, of_split(run.target, name, "test")), "target")
    return samples, {}


def check(root, run, split):
    """Compare all columns of a data set with the plain reading, and return it."""
    data = FASDataset(run=run, split=split, data_root=str(root), pipeline=[], check_files=False)
    samples, streams = plain_samples(get_run(**run), split, root)
    assert isinstance(data.data_list, SampleTable)
    assert list(data.data_list) == samples
    assert [list(sample) for sample in data.data_list][:1] == [list(sample) for sample in samples][:1], "order of the keys"
    assert {key: list(indices) for key, indices in data.streams.items()} == streams
    return data, samples


RUNS = [
    ("mcio", dict(protocol="p1", target="O")),
    ("mcio", dict(protocol="p1", target="M", aux=False, holdout=0.3)),
    ("mcio", dict(protocol="p1", target="I", shots=1, unlabelled="test")),
    ("mcio", dict(protocol="p3", source="C", target="M", holdout=0.2, unlabelled="train")),
    ("mcio", dict(protocol="intra", target="C")),
    ("mcio", dict(protocol="intra", target="M")),
    ("wcs", dict(protocol="p2", target="W", holdout=0.3, shots=1)),
    ("wcs", dict(protocol="p2", target="S", unlabelled="train", aux=False)),
    ("wcs", dict(protocol="p2", target="CeFA", aux=False)),
]


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize(("root", "run"), RUNS, ids=str)
def test_samples_and_streams_of_the_synthetic_sets(root, run, split, shared_mcio, shared_wcs):
    data, samples = check(dict(mcio=shared_mcio, wcs=shared_wcs)[root], run, split)
    for index in (0, 5, len(data) - 1, -1, -len(data)):
        assert data.get_data_info(index) == samples[index] | dict(sample_idx=index % len(data))


OFFICIAL = os.environ.get("FLIP_MM_LISTS")


@pytest.mark.skipif(not OFFICIAL, reason="FLIP_MM_LISTS does not name the folder of the official lists, MCIO/ and WCS/")
@pytest.mark.parametrize("run", [run for _, run in RUNS], ids=str)
def test_samples_and_streams_of_the_official_lists(run, tmp_path):
    (tmp_path / "txt").mkdir()
    for path in Path(OFFICIAL).absolute().glob("*/*.txt"):
        (tmp_path / "txt" / path.name).symlink_to(path)
    for split in ("train", "test"):
        check(tmp_path, run, split)


@pytest.fixture
def registered(tmp_path, registrations):
    """A registered domain with names that lists of other programs could have, and its data root."""
    register_domain("MINE", "mine", frames="single", rule=lambda name: (name.split("/")[0], name.split("/")[1]))
    (tmp_path / "txt").mkdir()
    names = {
        "real": ["mine/train/real/Zoë/bonafide/a b.jpg", "mine/train/real/ø/bonafide/x.png"],
        "fake": ["mine/train/fake/Zoë/print/Straße 1.jpg", "mine/train/fake/p,q/mask/漢字.jpg"],
    }
    for word, lines in names.items():
        for kind in ("train", "test"):
            own = [line.replace("/train/", f"/{kind}/") for line in lines]
            (tmp_path / f"txt/mine_{word}_{kind}.txt").write_text("\n".join(own), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("split", ["train", "test"])
def test_names_with_blanks_and_other_letters(registered, split):
    data, samples = check(registered, dict(protocol="intra", target="MINE"), split)
    assert [sample["subject"] for sample in samples] == ["Zoë", "ø", "Zoë", "p,q"]
    assert data.get_data_info(3)["video_id"].endswith("mask/漢字")


@pytest.fixture
def test_set(shared_mcio):
    return FASDataset(dict(protocol="p1", target="O"), "test", str(shared_mcio), pipeline=[])


def test_subsets_copies_and_other_processes(test_set):
    samples = list(test_set.data_list)
    for other in (copy.deepcopy(test_set), pickle.loads(pickle.dumps(test_set))):
        assert list(other.data_list) == samples
    assert list(test_set.get_subset(4).data_list) == samples[:4]
    assert list(test_set.get_subset(-4).data_list) == samples[-4:]
    assert [s["img_path"] for s in test_set.get_subset([5, 0]).data_list] == [samples[5]["img_path"], samples[0]["img_path"]]
    assert list(test_set.data_list[3:5]) == samples[3:5]
    with pytest.raises(IndexError):
        test_set.get_data_info(len(samples))


def test_a_changed_sample_does_not_change_the_data_set(test_set):
    test_set.get_data_info(0)["subject"] = "changed"
    assert test_set.get_data_info(0)["subject"] != "changed"


class Changed(FASDataset):
    """Changes samples after they were read, and drops some, as mmengine's data sets may."""

    def load_data_list(self):
        samples = super().load_data_list()
        for sample in samples:
            sample["subject"] = "nobody"
        return samples

    def filter_data(self):
        return [sample for sample in self.data_list if sample["gt_label"] == 1]


class Filtered(FASDataset):
    def filter_data(self):
        return [sample for sample in self.data_list if sample["gt_label"] == 1]


@pytest.mark.parametrize(("kind", "subjects"), [(Changed, {"nobody"}), (Filtered, None)])
def test_subclasses_may_change_and_filter_samples(shared_mcio, test_set, kind, subjects):
    data = kind(dict(protocol="p1", target="O"), "test", str(shared_mcio), pipeline=[])
    own = [data.get_data_info(i) for i in range(len(data))]
    real = [sample["img_path"] for sample in test_set.data_list if sample["gt_label"] == 1]
    assert [sample["img_path"] for sample in own] == real
    assert subjects is None or {sample["subject"] for sample in own} == subjects
    assert data.serialize_data


def test_memory_of_a_sample(tmp_path):
    (tmp_path / "txt").mkdir()
    for name in ("real", "fake"):
        lines = (
            f"oulu/test/{name}/1_{i % 3 + 1}_{i % 50:02d}_{'1' if name == 'real' else i % 4 + 2}_frame0.png" for i in range(9)
        )
        (tmp_path / f"txt/oulu_{name}_test.txt").write_text("\n".join(lines))
    table = FASDataset(dict(protocol="p1", target="O"), "test", str(tmp_path), pipeline=[], check_files=False).data_list
    arrays = (table.videos.starts, table.videos.sizes, table.codes, table.groups)
    assert sum(column.nbytes for column in arrays) == 32 * len(table) == 32 * 36
    assert all(isinstance(column, np.ndarray) for column in arrays)


@pytest.mark.parametrize("keys", [("domain",), ("role", "domain")])
def test_videos_are_counted_by_group(shared_mcio, keys):
    table = FASDataset(dict(protocol="p1", target="O", holdout=0.3), "test", str(shared_mcio), pipeline=[]).data_list
    videos = {}
    for sample in table:
        videos.setdefault(tuple(sample[key] for key in keys), set()).add(sample["video_id"])
    assert table.videos_of(*keys) == {key: len(names) for key, names in videos.items()}


def test_memory_while_lists_are_read(tmp_path):
    (tmp_path / "txt").mkdir()
    lines = 10_000
    for word, kind in (("real", "live"), ("fake", "spoof")):
        text = "\n".join(f"celeb/{word}/{i % 500 + 1}_{kind}_{i:06d}.jpg" for i in range(lines))
        (tmp_path / f"txt/celeb_{word}_train.txt").write_text(text)
        (tmp_path / f"txt/msu_{word}_test.txt").write_text("")
    tracemalloc.start()
    try:
        data = FASDataset(dict(protocol="celeba", target="M"), "train", str(tmp_path), pipeline=[], check_files=False)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(data) == 2 * lines
    # Dicts of the samples would be 1,000 bytes each.
    assert kept < 110 * len(data)
    assert peak < 200 * len(data)
