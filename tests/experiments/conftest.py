# SPDX-License-Identifier: Apache-2.0
import os
import sys

import pytest
from fixtures.forked import run_and_exit

from flip_mm.apis import run_main


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

                run_and_exit(lambda: run_main(main), log.fileno())
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
