# SPDX-License-Identifier: Apache-2.0
import contextlib
import os
import pickle
import pkgutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.runner.checkpoint import CheckpointLoader
from mmengine.utils.dl_utils import misc, mmcv_full_available

from flip_mm.compat.safe_loading import load_checkpoint_file, restore_find_loader


def checkpoint():
    """What mmengine's runner stores, logs included."""
    hub = MessageHub.get_instance(f"test_compat_{np.random.default_rng().integers(1 << 60)}")
    for value in (0.5, 1.5):
        hub.update_scalar("train/loss", value)
    hub.update_info("eta", np.float64(3.5))
    return dict(
        meta=dict(epoch=0, iter=7, seed=1, cfg="x = 1"),
        state_dict={"w": torch.arange(3.0)},
        message_hub=hub.state_dict(),
    )


def test_a_runners_checkpoint_is_loaded(tmp_path):
    torch.save(checkpoint(), tmp_path / "a.pth")
    got = CheckpointLoader.load_checkpoint(str(tmp_path / "a.pth"), "cpu")
    assert torch.equal(got["state_dict"]["w"], torch.arange(3.0))
    assert got["meta"]["iter"] == 7
    assert got["message_hub"]["runtime_info"]["eta"] == 3.5
    log = got["message_hub"]["log_scalars"]["train/loss"]
    assert log.data[0].tolist() == [0.5, 1.5]
    assert log.statistics("mean") == 1.0


def test_history_buffer_pickles_without_methods():
    buffer = HistoryBuffer([1.0, 2.0], [1, 1])
    again = pickle.loads(pickle.dumps(buffer))
    assert again.mean() == 1.5
    assert "statistics_methods" not in buffer.__getstate__()


class Payload:
    def __init__(self, code):
        self.code = code

    def __reduce__(self):
        return eval, (self.code,)


def test_code_in_a_file_never_runs(tmp_path):
    trap = tmp_path / "trap"
    torch.save(checkpoint() | dict(extra=Payload(f"open({str(trap)!r}, 'w')")), tmp_path / "bad.pth")
    with pytest.raises(RuntimeError, match=r"bad.pth' was refused: it needs .*eval.*save only its state_dict"):
        CheckpointLoader.load_checkpoint(str(tmp_path / "bad.pth"), "cpu")
    assert not trap.exists()


def test_getattr_is_not_allowed(tmp_path):
    torch.save(dict(x=getattr), tmp_path / "bad.pth")
    with pytest.raises(RuntimeError, match="getattr"):
        CheckpointLoader.load_checkpoint(str(tmp_path / "bad.pth"), "cpu")


@pytest.mark.parametrize("key", ["cfg", "config"])
def test_config_text_is_dropped_because_resume_would_execute_it(tmp_path, key):
    content = checkpoint()
    content["meta"][key] = f"open({str(tmp_path / 'trap')!r}, 'w')"
    torch.save(content, tmp_path / "a.pth")
    assert key not in CheckpointLoader.load_checkpoint(str(tmp_path / "a.pth"), "cpu")["meta"]
    assert key not in load_checkpoint_file(tmp_path / "a.pth")["meta"]


@pytest.mark.parametrize("cut", [0, 100, 0.5])
def test_damaged_file(tmp_path, cut):
    path = tmp_path / "a.pth"
    torch.save(checkpoint(), path)
    data = path.read_bytes()
    path.write_bytes(data[: int(cut * len(data)) if isinstance(cut, float) else cut])
    with pytest.raises(RuntimeError, match=r"a.pth' was refused: it is damaged, cut off, or no checkpoint"):
        CheckpointLoader.load_checkpoint(str(path), "cpu")


@pytest.mark.parametrize("zipped", [True, False])
def test_any_file_loads_or_is_refused(tmp_path, zipped):
    path, rng, refused = tmp_path / "a.pth", np.random.default_rng(0), 0
    torch.save(checkpoint(), path, _use_new_zipfile_serialization=zipped)
    whole = path.read_bytes()
    for content in [b"hello", b"<html>", *(rng.bytes(50) for _ in range(50)), *[None] * 150]:
        if content is None:
            content = bytearray(whole)
            content[rng.integers(len(whole))] = rng.integers(256)
        path.write_bytes(content)
        with contextlib.suppress(RuntimeError):
            CheckpointLoader.load_checkpoint(str(path), "cpu")
            continue
        refused += 1
    assert refused >= 52


@pytest.fixture
def serve(tmp_path, monkeypatch):
    """Address of a server on this machine that hands out the files in tmp_path."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_downloaded_checkpoints_run_no_code(tmp_path, serve):
    trap = tmp_path / "trap"
    torch.save(checkpoint(), tmp_path / "good.pth")
    torch.save(dict(extra=Payload(f"open({str(trap)!r}, 'w')")), tmp_path / "bad.pth")
    assert "cfg" not in CheckpointLoader.load_checkpoint(f"{serve}/good.pth", "cpu")["meta"]
    with pytest.raises(RuntimeError, match=r"bad.pth' was refused: it needs .*eval"):
        CheckpointLoader.load_checkpoint(f"{serve}/bad.pth", "cpu")
    assert not trap.exists()


SCHEMES = (
    "",
    "http://",
    "https://",
    "s3://",
    "cluster:s3://",
    "petrel://",
    "pavi://",
    "openmmlab://",
    "open-mmlab://",
    "mmcls://",
)


@pytest.mark.parametrize("scheme", [*SCHEMES, "modelzoo://", "torchvision://"])
def test_no_file_backend_runs_code(tmp_path, monkeypatch, scheme):
    """Every scheme's loader is replaced by one that reads a file as carelessly as mmengine's do."""
    trap = tmp_path / "trap"
    code = f"open({str(trap)!r}, 'w')"
    texts = checkpoint()
    texts["meta"].update(cfg=code, config=code)
    torch.save(texts, tmp_path / "texts.pth")
    torch.save(dict(extra=Payload(code)), tmp_path / "pickle.pth")

    def careless(filename, map_location=None, how=None):
        return torch.load(tmp_path / filename.rpartition("/")[2], map_location, **how)

    for how in ({}, dict(weights_only=False)):
        loader = CheckpointLoader._get_checkpoint_loader(f"{scheme}x/texts.pth")
        registered = {key for key, value in CheckpointLoader._schemes.items() if value is loader}
        replacement = partial(careless, how=how)
        replacement.__name__ = "load_from_careless"
        with monkeypatch.context() as patch:
            patch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
            patch.setattr(CheckpointLoader, "_schemes", CheckpointLoader._schemes | dict.fromkeys(registered, replacement))
            got = CheckpointLoader.load_checkpoint(f"{scheme}x/texts.pth", "cpu")
            assert got["meta"] == dict(epoch=0, iter=7, seed=1)
            with pytest.raises(Exception, match="eval"):
                CheckpointLoader.load_checkpoint(f"{scheme}x/pickle.pth", "cpu")
            assert os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] == "1"
            assert "TORCH_FORCE_WEIGHTS_ONLY_LOAD" not in os.environ
    assert not trap.exists()


def test_a_flipped_bit_is_detected(tmp_path):
    path = tmp_path / "a.pth"
    torch.save(dict(w=torch.arange(1000.0)), path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert not torch.equal(torch.load(path)["w"], torch.arange(1000.0))
    with pytest.raises(RuntimeError, match=r"a.pth' was refused: it is damaged, .*\(the checksum of 'a/data/0'"):
        CheckpointLoader.load_checkpoint(str(path), "cpu")


def test_numpy_1_names_are_known(tmp_path):
    torch.save(checkpoint(), tmp_path / "a.pth", _use_new_zipfile_serialization=False)
    content = (tmp_path / "a.pth").read_bytes()
    assert b"numpy._core.multiarray" in content
    (tmp_path / "a.pth").write_bytes(content.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n"))
    got = CheckpointLoader.load_checkpoint(str(tmp_path / "a.pth"), "cpu")
    assert got["message_hub"]["runtime_info"]["eta"] == 3.5


def test_missing_file():
    with pytest.raises(FileNotFoundError, match=r"No checkpoint at 'none.pth'"):
        CheckpointLoader.load_checkpoint("none.pth", "cpu")


def test_plain_state_dict(tmp_path):
    torch.save({"w": torch.ones(2)}, tmp_path / "w.pth")
    assert torch.equal(CheckpointLoader.load_checkpoint(str(Path(tmp_path, "w.pth")), "cpu")["w"], torch.ones(2))


def test_mmengine_looks_for_mmcvs_operations_where_python_has_no_find_loader(monkeypatch):
    expected = mmcv_full_available()
    monkeypatch.setattr(misc, "pkgutil", pkgutil)
    monkeypatch.delattr(pkgutil, "find_loader", raising=False)
    with pytest.raises(AttributeError, match="find_loader"):
        mmcv_full_available()
    restore_find_loader()
    assert mmcv_full_available() == expected
