# SPDX-License-Identifier: Apache-2.0
"""The message of an interrupted training."""

import contextlib
import os
import signal
import traceback

import pytest

from flip_mm.apis.interruption import interruptible, last_checkpoint, resume_command, training_message
from flip_mm.engine import BannerHook

TORCHRUN = dict(TORCHELASTIC_RUN_ID="x", GROUP_WORLD_SIZE="1", LOCAL_WORLD_SIZE="2")
SAME = "the command that started it, with --resume at its end"


@pytest.mark.parametrize(
    ("arguments", "environment", "command"),
    [
        ("tools/train.py c.py", {}, "python tools/train.py c.py --resume"),
        ("tools/train.py c.py --resume", {}, "python tools/train.py c.py --resume"),
        ("tools/train.py --resume w/iter_5.pth c.py", {}, "python tools/train.py c.py --resume"),
        ("tools/train.py c.py --resume=w.pth --cfg-options a=1", {}, "python tools/train.py c.py --cfg-options a=1 --resume"),
        ("/bin/flip_mm train c", {}, "flip_mm train c --resume"),
        (["flip_mm train", "c", "--data-root", "a b"], {}, "flip_mm train c --data-root 'a b' --resume"),
        (
            "tools/train.py c.py --launcher pytorch --target O",
            TORCHRUN,
            "bash tools/dist_train.sh c.py 2 --target O --resume",
        ),
        ("tools/train.py --launcher pytorch c.py", TORCHRUN | dict(GROUP_WORLD_SIZE="2"), SAME),
        ("tools/train.py c.py --launcher slurm", dict(SLURM_PROCID="0"), SAME),
    ],
)
def test_the_message_has_the_command_that_continues(arguments, environment, command):
    words = arguments.split() if isinstance(arguments, str) else arguments
    assert resume_command(words, environment) == command


def test_the_message_names_the_saved_checkpoint(tmp_path):
    none = last_checkpoint(tmp_path)
    assert none == ("", 0)
    checkpoint = tmp_path / "iter_500.pth"
    (tmp_path / "last_checkpoint").write_text(str(checkpoint))
    assert last_checkpoint(tmp_path) == none
    checkpoint.write_bytes(b"x")
    saved = last_checkpoint(tmp_path)
    assert saved[0] == str(checkpoint)
    nothing = "Interrupted before the first checkpoint: nothing was saved."
    assert training_message(none, none, False, "c") == nothing
    # An earlier training's checkpoint is not this one's.
    assert training_message(saved, saved, False, "c") == nothing
    end = f"iteration 500, {checkpoint}\nContinue with: c"
    assert training_message(none, saved, False, "c") == f"Interrupted. Saved: {end}"
    assert training_message(saved, saved, True, "c") == f"Interrupted, nothing new was saved. The last checkpoint is {end}"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_repeated_signals_are_ignored_and_forked_processes_end():
    read, write = os.pipe()
    process = os.fork()
    if not process:
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            with contextlib.suppress(KeyboardInterrupt), interruptible():
                if not (child := os.fork()):
                    os.kill(os.getpid(), signal.SIGTERM)
                os.write(write, f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])} ".encode())
                os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGINT)
            os.write(write, b"still here")
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(process, 0)
    assert os.read(read, 100) == b"-15 still here"


@pytest.fixture
def train(end_tool, old_files, monkeypatch, capfd):
    """train(work_dir, '--resume', at=3, by=SIGTERM): interrupted there, in a process of its own; exit code and stderr."""

    def call(work, *flags, at, by=signal.SIGINT):
        capfd.readouterr()
        process = os.fork()
        if not process:
            code = 99
            try:
                signal.signal(signal.SIGINT, signal.default_int_handler)
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                monkeypatch.setattr(
                    BannerHook, "before_train_iter", lambda _, runner, *a, **k: runner.iter == at and os.kill(os.getpid(), by)
                )
                options = ("--cfg-options", "default_hooks.checkpoint.interval=2", f"experiment_name=interrupted_{os.getpid()}")
                config = os.path.join(os.path.dirname(__file__), "../data/run_0.1.0/config.py")
                hook = ("default_hooks.banner.type=BannerHook", "runner_type=QuietRunner", "train_dataloader.num_workers=0")
                code = end_tool(
                    "train.py", config, "--data-root", old_files / "data", "--work-dir", work, *flags, *options, *hook
                )
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        return code, capfd.readouterr().err

    return call


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_an_interrupted_training(train, tmp_path):
    work = tmp_path / "new/work"
    assert train(work, at=0) == (130, "Interrupted before the first checkpoint: nothing was saved.\n")
    assert not (tmp_path / "new").exists()
    code, told = train(work, at=3, by=signal.SIGTERM)
    first, second = told.splitlines()
    assert (code, first) == (130, f"Interrupted. Saved: iteration 2, {work / 'iter_2.pth'}")
    assert second.startswith("Continue with: python train.py ")
    assert second.endswith(" --resume")
    assert (work / "iter_2.pth").is_file()
    code, told = train(work, "--resume", at=3)
    assert (code, told.splitlines()[0]) == (
        130,
        f"Interrupted, nothing new was saved. The last checkpoint is iteration 2, {work / 'iter_2.pth'}",
    )
