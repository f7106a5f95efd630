# SPDX-License-Identifier: Apache-2.0
import os
import signal
import subprocess
import sys
import time
import traceback

import pytest
from mmengine.runner import Runner

from flip_mm.apis import run_main
from flip_mm.cli import commands
from flip_mm.experiments import process
from flip_mm.experiments.child import end_with_parent


class ForkedProcess:
    """Stands for the process of a stage: forked from this one, which has imported everything."""

    def __init__(self, command, *, env, stdout, **_):
        words = command[len(process.COMMAND) :]
        self.code = None
        self.pid = os.fork()
        if not self.pid:
            _run_and_exit(lambda: _child(words, env), stdout)

    def wait(self, timeout=None):
        deadline = time.monotonic() + (timeout or 600)
        while self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("forked", timeout)
            else:
                time.sleep(0.02)
        return self.code

    def terminate(self):
        os.kill(self.pid, signal.SIGTERM)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)


def _child(words, env):
    os.setsid()
    end_with_parent(int(words[0]))
    os.environ.update(env)
    sys.argv = ["flip_mm", *words[1:]]
    return commands.main()


def _run_and_exit(function, output):
    """End this forked process with the exit code of a function, its output in a file."""
    code = 1
    try:
        for number in (1, 2):
            os.dup2(output, number)
        sys.stdout = sys.__stdout__ = os.fdopen(1, "w", buffering=1, closefd=False)
        sys.stderr = sys.__stderr__ = os.fdopen(2, "w", buffering=1, closefd=False)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = function() or 0
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


@pytest.fixture
def forked(monkeypatch):
    """Processes of stages are forked from the test, which saves the imports."""
    monkeypatch.setattr(Runner, "_log_env", lambda *_: None)
    monkeypatch.setattr(process, "Popen", ForkedProcess)


@pytest.fixture
def start_runner(forked, tmp_path):
    """start_runner(*arguments) -> process id of `flip_mm run` in a forked process; .wait(pid) -> exit code, .output."""
    output = tmp_path / "runner.log"

    def start(*arguments):
        pid = os.fork()
        if not pid:
            sys.argv = ["flip_mm run", *map(str, arguments)]
            with output.open("ab") as log:
                from flip_mm.cli.run import main

                _run_and_exit(lambda: run_main(main), log.fileno())
        return pid

    start.wait = lambda pid: os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    start.output = output
    return start


@pytest.fixture
def tiny_options(shared_mcio):
    """Options for trainings of six steps that save each one."""
    loaders = [f"{part}_dataloader.num_workers=0" for part in ("train", "val", "test")]
    steps = [
        "train_cfg.max_iters=6",
        "train_cfg.val_interval=3",
        "default_hooks.checkpoint.interval=1",
    ]
    return ["--data-root", str(shared_mcio), "--cfg-options", "train_dataloader.batch_size=1", *steps, *loaders]
