# SPDX-License-Identifier: Apache-2.0
"""Small files that would take much memory; each is refused within limits that the system keeps."""

import argparse
import collections
import os
import pickle
import re
import signal
import struct
import zipfile

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from numpy._core.multiarray import _reconstruct, scalar
from torch import nn

from flip_mm.compat import load_checkpoint_file
from flip_mm.models.backbones.open_clip.weights import read_weights

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="reads /proc")
GIB = 1 << 30
# Megabytes that a refusal may take beyond what the process has.
ALLOWED = 192


class Call:
    """Is pickled as a call."""

    def __init__(self, function, *arguments, state=None):
        self.parts = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self):
        return self.parts


class Storage:
    def __init__(self, key, count, kind=torch.FloatStorage, *view):
        self.pid = ("storage", kind, key, "cpu", count, *view)


class Pickler(pickle._Pickler):
    def persistent_id(self, value):
        return value.pid if isinstance(value, Storage) else None


def pickled(content):
    with open(os.devnull, "wb") as file:
        pickler = Pickler(file, 2)
        parts = []
        pickler.write = pickler._file_write = parts.append
        pickler.framer.file_write = parts.append
        pickler.dump(content)
    return b"".join(parts)


def archive(path, content, records=None, name="a", **options):
    """As torch.save writes it."""
    data = content if isinstance(content, bytes) else pickled(content)
    with zipfile.ZipFile(path, "w", **options) as file:
        for key, value in {"data.pkl": data, "byteorder": b"little", "version": b"3\n", **(records or {})}.items():
            file.writestr(f"{name}/{key}", value)


def older(path, content, keys=(), behind=b""):
    """As torch.save wrote it before 1.6."""
    head = (0x1950A86A20F9469CFC6C, 1001, dict(protocol_version=1001, little_endian=True))
    data = content if isinstance(content, bytes) else pickled(content)
    path.write_bytes(b"".join(map(pickled, head)) + data + pickled(list(keys)) + behind)


def doubled(value, times):
    for _ in range(times):
        value = [value, value]
    return value


def nested(times):
    value = (1,)
    for _ in range(times):
        value = (value, value)
    return value


def hexed(times):
    """A text whose length doubles with each call."""
    value = Call(__import__("_codecs").encode, "ab", "latin1")
    for _ in range(times):
        value = Call(__import__("_codecs").encode, value, "hex")
    return value


def inside_itself():
    value = []
    value.append(value)
    return value


class Bytes:
    """Is pickled as protocol 2 does it, again and again."""

    def __init__(self, text):
        self.text = text

    def __reduce__(self):
        return __import__("_codecs").encode, (self.text, "latin1")


def tensor(storage, size, stride, function=torch._utils._rebuild_tensor_v2):
    return Call(function, storage, 0, size, stride, False, collections.OrderedDict())


FLOAT = Call(np.dtype, "f4", False, True)
LONG = "x" * (1 << 20)
STORED = {"data/0": bytes(64)}
CALLS = {
    "array": (Call(np.ndarray, (GIB,)), r"makes a numpy.ndarray of \(1073741824,\)"),
    "array_rebuilt": (Call(_reconstruct, np.ndarray, (GIB,), b"b"), "makes a numpy._core.multiarray._reconstruct"),
    "array_filled": (
        Call(_reconstruct, np.ndarray, (0,), b"b", state=(1, (GIB,), FLOAT, False, b"1234")),
        r"array of shape \(1073741824,\) without the bytes for it",
    ),
    "array_of_objects": (
        Call(_reconstruct, np.ndarray, (0,), b"b", state=(1, (GIB,), Call(np.dtype, "O8", False, True), False, [1])),
        "makes a numpy.dtype of 'O8'",
    ),
    "scalar": (Call(scalar, Call(np.dtype, "V1073741824", False, True)), "makes a numpy.dtype of 'V1073741824'"),
    "dtype_enlarged": (
        Call(scalar, Call(np.dtype, "f4", False, True, state=(3, "<", None, None, None, GIB, 1, 0))),
        "an array of something else than numbers",
    ),
    "bytearray": (Call(bytearray, GIB), "makes a builtins.bytearray of 1073741824"),
    "bytearray_again": ([Call(bytearray, LONG, "latin1") for _ in range(2000)], "its texts would need more memory"),
    "tensor": (Call(torch.Tensor, GIB), "makes a torch.Tensor of 1073741824"),
    "typed_tensor": (Call(torch.FloatTensor, GIB), "makes a torch.FloatTensor of 1073741824"),
    "storage": (Call(torch.UntypedStorage, GIB), "makes a torch.storage.UntypedStorage of 1073741824"),
    "declared": (tensor(Storage("0", GIB), (1,), (1,)), "storage '0' should have 4,294,967,296 bytes, and the file has 64"),
    "absent": (tensor(Storage("7", 1), (1,), (1,)), "storage '7' should have 4 bytes, and the file has 0"),
    "negative": (tensor(Storage("0", -1), (1,), (1,)), "storage '0' has an impossible size"),
    "keys": (tensor(Storage(0, 16), (1,), (1,)), "storage 0 has an impossible size"),
    "two_sizes": (
        [tensor(Storage("0", 16), (1,), (1,)), tensor(Storage("0", GIB), (GIB,), (1,))],
        "storage '0' has an impossible size",
    ),
    "size_after_none": (
        [tensor(Storage("0", 0), (0,), (1,)), tensor(Storage("0", GIB), (GIB,), (1,))],
        "storage '0' has an impossible size",
    ),
    "enlarged": (tensor(Storage("0", 16), (GIB,), (1,)), r"tensor of shape \(1073741824,\) with a storage of 64 bytes"),
    "repeated": (tensor(Storage("0", 16), (GIB, 4), (0, 1)), r"tensor of shape \(1073741824, 4\) would need more memory"),
    "repeated_often": (
        [tensor(Storage("0", 16), (1 << 20,), (0,)) for _ in range(1000)],
        r"tensor of shape \(1048576,\) would need more memory",
    ),
    "parameter": (
        Call(torch._utils._rebuild_parameter, tensor(Storage("0", 16), (GIB,), (1,)), True, {}),
        "tensor of shape",
    ),
    "subclass": (
        Call(
            torch._tensor._rebuild_from_type_v2,
            torch._utils._rebuild_tensor_v2,
            nn.Parameter,
            (Storage("0", 16), 0, (GIB,), (1,), False, {}),
            {},
        ),
        "tensor of shape",
    ),
    "codec": (hexed(30), "makes a _codecs.encode of .*'hex'"),
    "texts": ([Call(__import__("_codecs").encode, LONG, "latin1") for _ in range(2000)], "its texts would need more memory"),
    "doubled": (doubled([1], 60), "contain each other too often"),
    "endless": (inside_itself(), "contain each other too often"),
    "keys_of_keys": ({nested(24): 1}, "nested tuples as keys"),
    "sets": (Call(set, [nested(24)]), "nested tuples as keys"),
    "containers": (b"\x80\x02]" + b"(" + b"}" * 4_000_000 + b"e.", "its containers would need more memory"),
}


@pytest.fixture
def refused(tmp_path):
    """refused(path): the message of a refusal in a process that may hardly allocate anything."""

    def load(path):
        read, write = os.pipe()
        pid = os.fork()
        if not pid:
            signal.alarm(60)
            with open("/proc/self/statm") as file:
                own = int(file.read().split()[0]) * resource.getpagesize()
            most = own + (ALLOWED << 20)
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
            try:
                answer = f"loaded {type(load_checkpoint_file(path)).__name__}"
            except RuntimeError as error:
                answer = str(error)
            except BaseException as error:
                answer = f"{type(error).__name__}: {error}"
            os.write(write, answer.encode()[:4000])
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as file:
            answer = file.read()
        _, status = os.waitpid(pid, 0)
        assert status == 0, f"the process ended with {status}"
        return answer

    return load


@pytest.mark.parametrize("name", CALLS)
def test_invalid_archives_are_refused(name, refused, tmp_path):
    content, message = CALLS[name]
    archive(tmp_path / "a.pth", content, STORED)
    answer = refused(tmp_path / "a.pth")
    assert re.search(
        rf"a.pth' was refused: .*{message}.*\. It is damaged, or was made to fill the memory: download or copy it again\.$",
        answer,
    )
    assert len(answer) < 400


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (torch.eye(2).to_sparse(), "_rebuild_sparse_tensor"),
        (torch.eye(2).to_sparse_csr(), "_rebuild_sparse_tensor"),
        (torch.empty(2, device="meta"), "_rebuild_meta_tensor_no_storage"),
        (Call(torch._utils._rebuild_qtensor, 1, 2), "_rebuild_qtensor"),
        (Call(torch._utils._rebuild_sparse_tensor, torch.sparse_coo, ((GIB,),)), "_rebuild_sparse_tensor"),
    ],
    ids=["sparse", "csr", "meta", "quantised", "bomb"],
)
@pytest.mark.parametrize("zipped", [True, False])
def test_tensors_that_are_not_dense(value, name, zipped, refused, tmp_path):
    torch.save({"a": value}, tmp_path / "a.pth", _use_new_zipfile_serialization=zipped)
    assert f"special tensor (torch._utils.{name}). Load it yourself and save" in refused(tmp_path / "a.pth")


def test_names_that_torch_does_not_allow_are_refused(tmp_path):
    for write in (archive, older):
        write(tmp_path / "a.pth", Call(argparse.Namespace))
        with pytest.raises(
            RuntimeError, match=r"was refused: it needs argparse\.Namespace\. Loading it completely would run code"
        ):
            load_checkpoint_file(tmp_path / "a.pth")


@pytest.mark.parametrize("name", ["bytearray", "array", "doubled", "texts", "containers"])
def test_invalid_files_of_the_older_format_are_refused(name, refused, tmp_path):
    content, message = CALLS[name]
    older(tmp_path / "a.pth", content)
    assert re.search(message, refused(tmp_path / "a.pth"))


def test_storages_of_the_older_format(refused, tmp_path):
    storages = [Storage("0", GIB, torch.FloatStorage, None)]
    older(tmp_path / "a.pth", tensor(storages[0], (1,), (1,)), ["0"], struct.pack("<q", GIB))
    assert "storage '0' should have 4,294,967,296 bytes" in refused(tmp_path / "a.pth")
    older(tmp_path / "a.pth", tensor(Storage("0", 16, torch.FloatStorage, ("v", 0, 1)), (GIB,), (1,)), ["0"], bytes(72))
    assert "it contains a part of a storage as a storage" in refused(tmp_path / "a.pth")
    sizes = [Storage("0", count, torch.FloatStorage, None) for count in (16, GIB)]
    older(tmp_path / "a.pth", [tensor(storage, (storage.pid[4],), (1,)) for storage in sizes], ["0"], bytes(72))
    assert "storage '0' has an impossible size" in refused(tmp_path / "a.pth")
    many = [tensor(Storage(str(i), 1 << 18, torch.ByteStorage, None), (1,), (1,)) for i in range(5000)]
    older(tmp_path / "a.pth", many, behind=bytes(1 << 19))
    assert re.search(r"storage '\d' should have 262,144 bytes, and the file has [\d,]+ for it", refused(tmp_path / "a.pth"))


@pytest.mark.parametrize("opcode", [b"X\xff\xff\xff\xff", b"\x8d" + bytes(5) + b"\x01\0\0", b"\x96" + bytes(5) + b"\x01\0\0"])
def test_texts_that_are_longer_than_the_file(opcode, refused, tmp_path):
    older(tmp_path / "a.pth", b"\x80\x02" + opcode)
    assert "was refused: it is damaged, cut off, or no checkpoint" in refused(tmp_path / "a.pth")


def test_compressed_archives(refused, tmp_path):
    zeros = {"data/0": bytes(256 << 20)}
    content = tensor(Storage("0", 64 << 20), (64 << 20,), (1,))
    archive(tmp_path / "a.pth", content, zeros, compression=zipfile.ZIP_DEFLATED)
    assert (tmp_path / "a.pth").stat().st_size < 1 << 20
    answer = refused(tmp_path / "a.pth")
    assert re.search(
        r"its entry 'a/\S+' is compressed to [\d,]+ of [\d,]+ bytes, and torch.save compresses nothing\. Download", answer
    )


def test_entries_that_overlap(refused, tmp_path):
    path = tmp_path / "a.pth"
    keys = [str(i) for i in range(100, 200)]
    archive(path, [tensor(Storage(key, 1 << 18), (1,), (1,)) for key in keys], {f"data/{key}": b"" for key in keys})
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("a/data/0", bytes(1 << 20))
        large = file.getinfo("a/data/0")
        for key in keys:
            entry = file.getinfo(f"a/data/{key}")
            entry.header_offset, entry.file_size, entry.compress_size = large.header_offset, large.file_size, large.file_size
        file.writestr("a/end", b"")
    assert re.search(r"its entries have 10\d,\d+,\d+ bytes together, and the file has 1,\d+,\d+\.", refused(path))


def test_entries_whose_names_differ_in_case_alone(refused, tmp_path):
    records = {"data/a": bytes(64), "data/A": bytes(64)}
    archive(tmp_path / "a.pth", tensor(Storage("a", 16), (1,), (1,)), records)
    assert "two of its entries have one name" in refused(tmp_path / "a.pth")


@pytest.mark.parametrize("change", [(b"PK\x03\x04", b""), (b"", b"behind"), (b"", b"PK\5\6" + bytes(18))])
def test_tables_of_contents_that_readers_find_in_different_places(change, refused, tmp_path):
    archive(tmp_path / "a.pth", {}, STORED)
    before, behind = change
    (tmp_path / "a.pth").write_bytes(before + (tmp_path / "a.pth").read_bytes() + behind)
    assert "its table of contents is not at the end" in refused(tmp_path / "a.pth")


def test_other_archives(refused, tmp_path):
    torch.jit.save(torch.jit.trace(nn.Linear(2, 2), torch.zeros(1, 2)), tmp_path / "a.pth")
    assert "was refused: it is a TorchScript archive, which is a program" in refused(tmp_path / "a.pth")
    with zipfile.ZipFile(tmp_path / "a.pth", "w") as file:
        file.writestr("photo.png", b"x")
    assert "was refused: it has no entry 'data.pkl'" in refused(tmp_path / "a.pth")


@pytest.mark.parametrize("header", [b'{"a":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}' % (GIB, 4 * GIB), b"{" * 50])
@pytest.mark.parametrize("length", [None, 1 << 40])
def test_safetensors_files_are_checked_by_their_library(header, length, tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(struct.pack("<Q", length or len(header)) + header)
    with pytest.raises(ValueError, match=r"a\.safetensors' could not be read as a plain weight file"):
        read_weights(path)


def log(steps):
    buffer = HistoryBuffer(max_length=steps)
    for step in range(steps):
        buffer.update(step / 7, 1)
    return buffer


def everything():
    """What trainings store, here and elsewhere."""
    layer = nn.Linear(3, 2)
    optimizer = torch.optim.Adam(layer.parameters())
    layer(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [1, 2])
    shared = torch.arange(10.0)
    return dict(
        state_dict=layer.state_dict(),
        optimizer=optimizer.state_dict(),
        schedule=schedule.state_dict(),
        log=log(1000),
        parameter=layer.weight,
        buffer=nn.Buffer(torch.ones(2)) if hasattr(nn, "Buffer") else None,
        kinds=[torch.ones(2, dtype=kind) for kind in (torch.bfloat16, torch.half, torch.int8, torch.bool, torch.complex64)],
        new=torch.ones(2, dtype=torch.uint16),
        views=[shared, shared[2:5], shared.reshape(2, 5).T, torch.ones(1).expand(1000), torch.arange(9).expand(1, -1)],
        empty=[torch.empty(0), torch.empty(3, 0), torch.tensor(1.5)],
        numbers=[np.float64(1.5), np.float32(1), np.int64(3), np.bool_(True), 1 << 70, 1e300, None, True, 1j],
        arrays=[np.arange(6.0).reshape(2, 3), np.arange(3)],
        others=[b"bytes", bytearray(b"more"), "text", {1, 2}, collections.Counter("aab"), torch.Size([1, 2]), torch.float32],
        device=torch.device("cpu"),
        nested={1: (2, [3, {4: (5, 6)}]), (1, 2): [], "same": [(0.9, 0.999)] * 500},
    )


@pytest.mark.parametrize("present", [True, False])
def test_checkpoints_of_trainings_are_loaded(present, tmp_path):
    path = tmp_path / "a.pth"
    content = everything()
    if not present:
        del content["new"]
    torch.save(content, path, _use_new_zipfile_serialization=present)
    got, wanted = load_checkpoint_file(path), torch.load(path, weights_only=False)
    assert got.keys() == wanted.keys()
    logs = got.pop("log"), wanted.pop("log")
    assert np.array_equal(*(buffer.data for buffer in logs))
    assert str(got) == str(wanted)


def test_a_large_log_and_a_large_number_of_tensors_are_loaded(refused, tmp_path):
    logs = {str(i): log(20) for i in range(50)}
    state = {f"layer.{i}": torch.ones(4) for i in range(3000)}
    torch.save(dict(logs=logs, state_dict=state), tmp_path / "a.pth")
    assert refused(tmp_path / "a.pth") == "loaded dict"
