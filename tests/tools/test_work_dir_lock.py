# SPDX-License-Identifier: Apache-2.0
"""A second training, or a second test, in a work dir: refused before it changes anything."""

import itertools
import os
import runpy
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import mmpretrain
import pytest
from mmengine.config import Config
from mmengine.runner import BaseLoop

from flip_mm.engine import WorkDirLockHook
from flip_mm.engine.work_dir_lock_hook import lock_for_all
from flip_mm.utils.folder_lock import FolderLock

ROOT = Path(__file__).parents[2]
NUMBER = itertools.count()
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")


@pytest.fixture
def hold():
    """hold(folder, work): a process that holds the lock until the test ends."""
    held = []

    def start(folder, work):
        Path(folder).mkdir(parents=True, exist_ok=True)
        read, write = os.pipe()
        pid = os.fork()
        if not pid:
            FolderLock(folder, work)
            os.write(write, b"1")
            signal.pause()
        held.append(pid)
        assert os.read(read, 1)
        os.close(read)
        os.close(write)

    yield start
    for pid in held:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


@pytest.fixture
def arguments(shared_mcio):
    """arguments(work_dir): the demo, two iterations."""

    def make(work, *options):
        name = f"experiment_name=test_work_dir_lock_{next(NUMBER)}"
        loaders = [f"{part}_dataloader.num_workers=0" for part in ("train", "val", "test")]
        quick = ["train_cfg.max_iters=2", "train_cfg.val_interval=2", name, *loaders, *options]
        return ("--data-root", shared_mcio, "--work-dir", work, "--cfg-options", *quick)

    return make


def content(folder):
    return {str(path): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


@pytest.mark.parametrize("flags", [(), ("--resume",)])
def test_a_second_training_does_not_change_the_first(run_tool, arguments, hold, tmp_path, flags):
    work = tmp_path / "work"
    hold(work, "training")
    for name in ("iter_500.pth.part", "last_checkpoint", "flip_v_demo.py"):
        (work / name).write_text("of the first")
    before = content(tmp_path)
    with pytest.raises(BlockingIOError, match=rf"Another training is writing into '{work}' \(process \d+ on "):
        run_tool("train.py", "flip_v_demo", *flags, *arguments(work))
    assert content(tmp_path) == before


def test_checkpoints_of_two_work_dirs_that_meet_in_one_folder(run_tool, arguments, hold, tmp_path):
    met = tmp_path / "out/work"
    hold(met, "training")
    (met / "iter_500.pth.part").write_text("of the first")
    option = f"default_hooks.checkpoint.out_dir={met.parent}"
    with pytest.raises(BlockingIOError, match=rf"Another training is writing into '{met}'"):
        run_tool("train.py", "flip_v_demo", *arguments(tmp_path / "work", option))
    assert (met / "iter_500.pth.part").read_text() == "of the first"


def test_checkpoints_in_a_folder_that_is_not_there_yet(run_tool, arguments, tmp_path):
    option = f"default_hooks.checkpoint.out_dir={tmp_path / 'out'}"
    run_tool("train.py", "flip_v_demo", *arguments(tmp_path / "work", option))
    assert (tmp_path / "out/work/iter_2.pth").is_file()
    assert not list((tmp_path / "out/work").glob(".*"))


def test_one_test_but_not_two_may_run_during_a_training(run_tool, arguments, hold, tmp_path):
    work = tmp_path / "work"
    run_tool("train.py", "flip_v_demo", *arguments(work))
    assert not list(work.glob(".*"))
    hold(work, "training")
    run_tool("test.py", "flip_v_demo", work / "iter_2.pth", *arguments(work))
    assert (work / "scores_target.csv").is_file()
    assert [path.name for path in work.glob(".*")] == [".training.lock"]
    hold(work, "test")
    with pytest.raises(BlockingIOError, match=rf"Another test is writing into '{work}'"):
        run_tool("test.py", "flip_v_demo", work / "iter_2.pth", *arguments(work))


def test_a_failed_training_leaves_no_lock(run_tool, arguments, tmp_path):
    work = tmp_path / "work"
    with pytest.raises(ValueError, match="accumulative_counts"):
        run_tool("train.py", "flip_v_demo", *arguments(work, "optim_wrapper.accumulative_counts=3"))
    assert not list(work.glob(".*"))


class Loop(BaseLoop):
    def run(self):
        pass


def test_all_processes_get_the_error(processes, hold, tmp_path):
    hold(tmp_path, "training")
    runner = SimpleNamespace(work_dir=str(tmp_path), _train_loop=Loop(None, None))

    def run(rank):
        with pytest.raises(BlockingIOError, match="Another training is writing"):
            WorkDirLockHook().before_run(runner)
        runner._train_loop = {}
        hook = WorkDirLockHook()
        hook.before_run(runner)
        return hook.lock is not None

    assert processes(2, run) == [True, False]


def test_all_processes_get_the_error_of_a_folder_that_cannot_be_made(processes, tmp_path):
    (tmp_path / "file").write_text("")

    def run(rank):
        with pytest.raises(NotADirectoryError, match="file/out"):
            lock_for_all(tmp_path / "file/out", "training")
        return lock_for_all(tmp_path / "new/out", "training") is not None

    assert processes(2, run) == [True, False]


def test_mmpretrains_tool_is_refused_too(shared_mcio, hold, tmp_path, monkeypatch):
    monkeypatch.setattr(Config, "pretty_text", "")
    work = tmp_path / "work"
    hold(work, "training")
    (work / "iter_500.pth.part").write_text("of the first")
    own = f"num_workers=0, persistent_workers=False, dataset=dict(data_root={str(shared_mcio)!r})"
    loaders = "".join(f"{part}_dataloader = dict({own})\n" for part in ("train", "val", "test"))
    (tmp_path / "own.py").write_text(f'_base_ = ["{ROOT}/configs/flip_v_demo.py"]\n{loaders}')
    tool = Path(mmpretrain.__file__).parent / ".mim/tools/train.py"
    monkeypatch.setattr(sys, "argv", [str(tool), str(tmp_path / "own.py"), "--work-dir", str(work)])
    with pytest.raises(BlockingIOError, match=rf"Another training is writing into '{work}'"):
        runpy.run_path(str(tool), run_name="__main__")
    assert (work / "iter_500.pth.part").read_text() == "of the first"
    assert not list(work.glob("*.pth"))
