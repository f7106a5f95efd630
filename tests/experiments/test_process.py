# SPDX-License-Identifier: Apache-2.0
"""Processes of stages, with small programs in place of trainings."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from flip_mm.experiments import child, process
from flip_mm.experiments.process import run_process
from flip_mm.experiments.stage import Stage
from flip_mm.utils.folder_lock import FolderLock

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """run(program): reason and log of a stage that runs a Python program; its arguments are sys.argv[2:]."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    stage = Stage(("train", "config", "--seed", "3"), str(tmp_path / "work"))

    def start(program, environment=None, stop=None):
        monkeypatch.setattr(process, "COMMAND", (sys.executable, "-S", "-c", program))
        return run_process(stage, environment or {}, stop or threading.Event()), stage.log.read_text()

    start.folder = tmp_path / "work"
    return start


def test_arguments_threads_and_log(run):
    program = "import os, sys; print(*sys.argv[2:], os.environ['OMP_NUM_THREADS'], os.environ['CUDA_VISIBLE_DEVICES'])"
    reason, log = run(program, {"CUDA_VISIBLE_DEVICES": "2"})
    words = f"train config --seed 3 --work-dir {run.folder} --resume"
    assert (reason, log) == ("", f"$ flip_mm {words}\n{words} 1 2\n")


def test_a_second_start_is_added_to_the_log_and_keeps_the_users_threads(run, monkeypatch):
    run("print('first')")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    reason, log = run("import os; print('threads', os.environ['OMP_NUM_THREADS'])")
    assert reason == ""
    assert log.count("$ flip_mm train") == 2
    assert log.endswith("threads 2\n")


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import sys; print('a'); sys.exit('error: \\x1b[31mno disk')", r"error: \x1b[31mno disk"),
        ("import sys; print('last line\\n\\n'); sys.exit(1)", "last line"),
        (
            "import os; print('step 3', flush=True); os.kill(os.getpid(), 9)",
            "ended by SIGKILL, the system does this when memory is short; the last line before was: step 3",
        ),
    ],
)
def test_why_a_process_failed(run, program, reason):
    assert run(program)[0] == reason


def test_a_full_disk_is_named(run, monkeypatch):
    usage = process.shutil.disk_usage("/")._replace(free=100)
    monkeypatch.setattr(process.shutil, "disk_usage", lambda folder: usage)
    reason = run("import sys; print('step 3'); sys.exit(1)")[0]
    assert reason == f"No space left on the disk of '{run.folder}'; the last line before was: step 3"


def test_stop_ends_the_process(run):
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    program = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit('saved iteration 7')); time.sleep(60)"
    )
    reason, log = run(program, stop=stop)
    assert reason
    assert "Traceback" not in log


def test_a_training_that_is_still_running_is_waited_for(run):
    run.folder.mkdir()
    root = Path(child.__file__).parents[2]
    command = [sys.executable, "-c", HOLD, str(run.folder)]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root)
    assert other.stdout.readline() == b"locked\n"
    threading.Timer(0.5, lambda: other.communicate(b"end\n")).start()
    assert run("print('starts')")[0] == ""
    assert other.wait(10) == 0
    # The lock is free again.
    FolderLock(run.folder, "training").release()


HOLD = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("folder_lock", "flip_mm/utils/folder_lock.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
with module.FolderLock(sys.argv[1], "training"):
    print("locked", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prctl")
def test_a_process_ends_when_its_parent_is_killed(running, wait, tmp_path):
    number = tmp_path / "pid"
    program = f"{Path(child.__file__).read_text().split('if __name__')[0]}\nend_with_parent(os.getppid())\n" + (
        f"import pathlib, time\npathlib.Path({str(number)!r}).write_text(str(os.getpid()))\ntime.sleep(60)\n"
    )
    parent = os.fork()
    if not parent:
        subprocess.Popen([sys.executable, "-S", "-c", program], start_new_session=True).wait()
        os._exit(0)
    wait(lambda: number.is_file() and number.read_text())
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    wait(lambda: not running(int(number.read_text())))
