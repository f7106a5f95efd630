# SPDX-License-Identifier: Apache-2.0
import errno
import os

import pytest
import torch
from mmengine.registry import Registry
from mmpretrain.registry import MODELS
from torch.utils.data import DataLoader

from flip_mm.apis import run_main
from flip_mm.apis.errors import user_message
from flip_mm.datasets.protocols import get_run
from flip_mm.utils.files import name_in_errors, read_utf8
from flip_mm.utils.process_pool import process_pool


def caught(function, *arguments):
    try:
        function(*arguments)
    except BaseException as error:
        return error
    return None


def refuse(_=None):
    return get_run(protocol="p1", target="X")


def fault(_=None):
    return {}["x"]


class Samples(list):
    def __getitem__(self, index):
        return refuse() if index else fault()


PARTS = Registry("parts")


@PARTS.register_module()
class Part:
    def __init__(self, wrong):
        (refuse if wrong else fault)()


def test_errors_of_the_user_keep_their_message():
    assert user_message(caught(refuse)).startswith("run.target='X'")


@pytest.mark.parametrize(
    "function", [fault, lambda: int("x"), lambda: None.x, lambda: torch.ones(2) @ torch.ones(3), lambda: 1 / 0]
)
def test_other_errors_are_bugs(function):
    assert user_message(caught(function)) is None


def test_errors_of_registries():
    assert user_message(caught(PARTS.build, dict(type="Part", wrong=True))).startswith("run.target='X'")
    told = user_message(caught(PARTS.build, dict(type="Part", wrong=False)))
    assert told.startswith("Part cannot be built from wrong=False (KeyError: x): correct these settings in the config")
    assert "Nothing is not in the" in user_message(caught(MODELS.build, dict(type="Nothing")))


def test_errors_of_other_processes():
    with process_pool(1) as pool:
        assert user_message(caught(pool.submit(refuse).result)).startswith("run.target='X'")
        assert user_message(caught(pool.submit(fault).result)) is None
    for index, told in ((1, True), (0, False)):
        loader = DataLoader(Samples([0, 0]), sampler=[index], num_workers=1, multiprocessing_context="fork")
        message = user_message(caught(next, iter(loader)))
        assert (message or "").startswith("run.target='X'") is told


def test_errors_of_the_operating_system(tmp_path):
    absent = tmp_path / "absent"
    assert user_message(caught(read_utf8, absent)) == (f"No such file or directory: '{absent}'. Check the path.")

    def full():
        with name_in_errors("a.csv", "Free some space."):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert user_message(caught(full)) == "No space left on device: 'a.csv' was not written. Free some space."
    assert "smaller *_dataloader.batch_size" in user_message(MemoryError())
    assert "smaller *_dataloader.batch_size" in user_message(torch.OutOfMemoryError("CUDA out of memory."))


def test_exit_codes(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["tools/x.py"])
    assert [run_main(lambda: None), run_main(lambda: 1)] == [0, 1]
    assert run_main(lambda: read_utf8("no\x1bne")) == 2
    told = capsys.readouterr().err
    assert told == "x.py: error: No such file or directory: 'no\\x1bne'. Check the path.\n"
    assert run_main(fault) == 1
    told = capsys.readouterr().err
    assert told.startswith("Traceback")
    assert told.splitlines()[-1].startswith("x.py: error: this is a fault of flip_mm or of a library that it uses")

    def interrupted():
        raise KeyboardInterrupt

    assert run_main(interrupted) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_the_traceback_on_demand(monkeypatch, capsys):
    monkeypatch.setenv("FLIP_MM_TRACEBACK", "1")
    assert run_main(refuse) == 2
    told = capsys.readouterr().err
    assert told.startswith("Traceback")
    assert ": error: run.target='X'" in told.splitlines()[-1]
