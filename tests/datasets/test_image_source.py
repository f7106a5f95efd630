# SPDX-License-Identifier: Apache-2.0
"""Packed data roots: the same samples and bits as from files, in forked workers too; damage is refused."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import lmdb
import pytest
import torch
from mmpretrain.registry import DATASETS
from torch.utils.data import DataLoader

from flip_mm.datasets.image_source import close_packs, image_prefix, names_in, read_image_file
from flip_mm.preparation.pack import pack

RUN = dict(protocol="p1", target="O", holdout=0.3)
PIPELINE = [
    dict(type="LoadFrame"),
    dict(type="SaturationJitter", prob=1.0),
    dict(type="TrainingViews", image_size=(24, 24), simclr_views=2),
    dict(type="PackInputs", meta_keys=("img_path", "video_id")),
]


def dataset(root, split="train", run=RUN, pipeline=PIPELINE):
    return DATASETS.build(dict(type="FASDataset", run=run, split=split, data_root=str(root), pipeline=pipeline))


@pytest.fixture(scope="module")
def shared_pack(shared_mcio, tmp_path_factory):
    out = tmp_path_factory.mktemp("packed") / "MCIO"
    pack(shared_mcio, out)
    return out


@pytest.fixture
def packed(shared_pack, tmp_path):
    return shutil.copytree(shared_pack, tmp_path / "packed")


def without_path(sample, root):
    return {key: value for key, value in sample.items() if key != "img_path"}, sample["img_path"].removeprefix(
        image_prefix(root)
    )


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_pack_gives_the_same_samples_and_bits(shared_mcio, shared_pack, split):
    files, packed = dataset(shared_mcio, split), dataset(shared_pack, split)
    assert len(files) == len(packed)
    for number in range(len(files)):
        infos = (without_path(data.get_data_info(number), root) for data, root in ((files, shared_mcio), (packed, shared_pack)))
        assert next(infos) == next(infos)
    for number in range(0, len(files), 9):
        for ours, want in zip(packed[number, 5]["inputs"], files[number, 5]["inputs"], strict=True):
            assert torch.equal(ours, want)


def test_forked_workers_read_a_pack_that_this_process_has_read(shared_pack):
    data = dataset(shared_pack)
    first = data[0, 3]["inputs"]
    for _ in range(2):
        loader = DataLoader(data, sampler=[(0, 3), (1, 3)], num_workers=2, collate_fn=lambda items: items[0]["inputs"])
        loaded = list(loader)
        assert all(torch.equal(*pair) for pair in zip(loaded[0], first, strict=True))
        assert all(torch.equal(*pair) for pair in zip(data[0, 3]["inputs"], first, strict=True))


def change(packed, *keys, **put):
    close_packs()
    with lmdb.open(str(packed / "frame.lmdb"), map_size=1 << 28) as database, database.begin(write=True) as transaction:
        for key in keys:
            assert transaction.delete(key.encode())
        for key, value in put.items():
            transaction.put(key.encode(), value)


def test_all_images_that_a_pack_lacks_are_counted(packed):
    prefix = image_prefix(packed)
    lost = [f"casia/train/real/{name}" for name in list(names_in(f"{prefix}casia/train/real"))[:3]]
    change(packed, *lost)
    with pytest.raises(FileNotFoundError, match=rf"^\d of \d+ images .* are missing: {prefix}casia.* under '{prefix[:-1]}'"):
        dataset(packed, run=dict(protocol="p1", target="O"))


def test_names_in_a_folder_are_those_of_the_files(shared_mcio, shared_pack):
    for folder in ("msu/train/real", "celeb/fake", "celeb", "absent", ""):
        files = {name for name in names_in(image_prefix(shared_mcio) + folder) if "." in name}
        assert {*names_in(image_prefix(shared_pack) + folder)} == files


def test_the_same_pack_by_two_paths(packed, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(packed)
    file = next(names_in(f"{image_prefix(packed)}celeb/real"))
    assert read_image_file(f"{image_prefix(packed)}celeb/real/{file}") == read_image_file(
        f"{link}/frame.lmdb/celeb/real/{file}"
    )


def test_a_pack_that_was_read_and_removed_does_not_matter(shared_pack, packed):
    file = f"celeb/real/{next(names_in(f'{image_prefix(packed)}celeb/real'))}"
    assert read_image_file(f"{image_prefix(packed)}{file}")
    shutil.rmtree(packed)
    read = read_image_file(f"{image_prefix(shared_pack)}{file}")
    close_packs()
    assert read == read_image_file(f"{image_prefix(shared_pack)}{file}")


def test_threads_open_a_pack_once(shared_pack):
    prefix = f"{image_prefix(shared_pack)}celeb/real/"
    file = next(names_in(prefix))
    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            close_packs()
            assert len(set(pool.map(read_image_file, [prefix + file] * 8))) == 1


def test_any_name_is_a_key(packed):
    change(packed, **{"celeb/real/Jörg 1.png": b"pixels"})
    assert read_image_file(f"{packed}/frame.lmdb/celeb/real/Jörg 1.png") == b"pixels"
    with pytest.raises(FileNotFoundError, match=r"'celeb/real/2.png' is not in the pack '.*frame.lmdb'"):
        read_image_file(f"{packed}/frame.lmdb/celeb/real/2.png")


@pytest.mark.parametrize("size", [100, 8192, -4096])
def test_a_truncated_pack_is_refused(packed, size):
    close_packs()
    path = packed / "frame.lmdb/data.mdb"
    data = path.read_bytes()
    path.write_bytes(data[:size])
    with pytest.raises(ValueError, match=r"The pack '.*' is (truncated|damaged).*: copy it again, or run `flip_mm pack` again"):
        dataset(packed)


def test_a_pack_without_its_file_is_refused(packed):
    close_packs()
    (packed / "frame.lmdb/data.mdb").unlink()
    with pytest.raises(ValueError, match="is damaged"):
        dataset(packed)


def test_addresses_are_read_by_mmengine(monkeypatch, tmp_path):
    monkeypatch.setattr("mmengine.fileio.get", lambda path: path.encode())
    assert read_image_file("https://example.org/a.png") == b"https://example.org/a.png"
    (tmp_path / "a.png").write_bytes(b"pixels")
    assert read_image_file(tmp_path / "a.png") == b"pixels"


def test_images_in_two_places_are_refused(packed):
    (packed / "frame").mkdir()
    with pytest.raises(ValueError, match=r"has both frame/ and frame\.lmdb"):
        dataset(packed)
