# SPDX-License-Identifier: Apache-2.0
"""Any wrong input of a tool: one last line that says what is wrong, no traceback, nothing left behind.

The inputs are in bad_inputs/*.txt, a line each: arguments as a shell takes them => words of the last line. Each runs in a
process forked from this one, which has imported everything, together with others of its tool.
"""

import contextlib
import gc
import os
import runpy
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import torch
from mmengine.logging import MessageHub, MMLogger
from mmengine.registry import DefaultScope
from mmengine.visualization import Visualizer

from flip_mm.cli import commands

HERE = Path(__file__).parent / "bad_inputs"
ROOT = Path(__file__).parents[2]
TOOLS = {path.stem: path for path in ROOT.glob("tools/**/*.py") if path.parent.name != "benchmarks" or path.stem[0] != "_"}
SECONDS = 60
TOGETHER = 10


@cache
def load(path):
    spec = spec_from_file_location(f"tool_{path.stem}", path)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


def read_table():
    """(tool, text of the arguments, words) of every line."""
    rows = []
    for path in sorted(HERE.glob("*.txt")):
        tool = None
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                tool = line.strip("[]")
            elif line and not line.startswith("#"):
                arguments, _, words = line.partition(" => ")
                rows.append((tool, arguments, words))
    return rows


TABLE = read_table()


@pytest.fixture(scope="module")
def world(tmp_path_factory, shared_mcio, write_archive):
    """Folder, and what is in it."""
    root = tmp_path_factory.mktemp("world")
    module = load(HERE / "world.py")
    module.build(root, shared_mcio, write_archive)
    for path in TOOLS.values():
        with contextlib.suppress(ImportError):
            load(path)
    return root, module.tree(root)


def forked(actions, folder):
    """Exit code and stderr of each action, which one forked process calls in turn; None for those that it did not reach.

    Args:
        actions: (function, environment variables) pairs.
        folder: Current folder of the process.
    """
    with tempfile.TemporaryDirectory() as place:
        process = os.fork()
        if not process:
            _child(actions, folder, Path(place))
        os.waitpid(process, 0)
        codes = [Path(place, f"{number}.code") for number in range(len(actions))]
        return [
            (int(path.read_text()), path.with_suffix(".err").read_bytes().decode("utf-8", "replace")) if path.exists() else None
            for path in codes
        ]


def _child(actions, folder, place):
    try:
        # A collection of everything would touch, and so copy, every page of this process.
        gc.freeze()
        signal.alarm(SECONDS)
        os.chdir(folder)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        sys.stdin, sys.stdout = open(0), open(1, "w")  # noqa: SIM115  the process ends
        torch.set_num_threads(1)
        before = dict(os.environ)
        for number, (action, environment) in enumerate(actions):
            os.environ.update(environment)
            error = os.open(place / f"{number}.err", os.O_WRONLY | os.O_CREAT)
            os.dup2(error, 2)
            os.close(error)
            with open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False) as sys.stderr:
                code = _exit_code(action)
            # Later warnings belong to no row.
            sys.stderr = sys.__stderr__
            os.dup2(null, 2)
            (place / f"{number}.code").write_text(str(code))
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(before)
            # What an error left: mmengine's instances by name, and what is open, such as the lock of a work dir.
            for kind in (DefaultScope, MessageHub, MMLogger, Visualizer):
                kind._instance_dict.clear()
            gc.collect()
    finally:
        os._exit(99)


def _exit_code(action):
    try:
        action()
        return 0
    except SystemExit as ended:
        return 0 if ended.code is None else ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        traceback.print_exc()
        return 98


def action_of(tool, arguments):
    """A call of a tool in this process, and its environment variables."""
    words, environment = split(arguments)

    def action():
        if tool == "flip_mm":
            sys.argv = ["flip_mm", *words]
            sys.exit(commands.main())
        else:
            sys.argv = [str(TOOLS[tool]), *words]
            sys.path.append(str(TOOLS[tool].parent))
            runpy.run_path(sys.argv[0], run_name="__main__")

    return action, environment


def split(arguments):
    """Words, and the environment variables before them."""
    words = shlex.split(arguments)
    environment = {}
    while words and "=" in words[0] and words[0].split("=")[0].isupper():
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    return words, environment


def run(tool, arguments, folder):
    """Exit code and stderr of each call of a tool."""
    if not tool.endswith(".sh"):
        return forked([action_of(tool, own) for own in arguments], folder)
    return [_script(tool, *split(own), folder) for own in arguments]


def _script(tool, words, environment, folder):
    done = subprocess.run(
        ["bash", str(ROOT / "tools" / tool), *words],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    return done.returncode, done.stderr


def batches():
    """(tool, number, rows): a fork costs as much as most rows, so rows of a tool share one."""
    by_tool = {}
    for tool, *row in TABLE:
        by_tool.setdefault(tool, []).append(row)
    return [(tool, rows[start : start + TOGETHER]) for tool, rows in by_tool.items() for start in range(0, len(rows), TOGETHER)]


def problem(ended, words):
    """What is wrong with the end of a call; '' if it is as in the table."""
    if ended is None:
        return "it did not end"
    code, said = ended
    last = said.strip().splitlines()[-1] if said.strip() else ""
    return "" if code == 2 and "Traceback" not in said and words in last and last.isprintable() else f"exit code {code}: {said}"


def new_and_changed(world):
    """Paths that a call made or changed; new ones are removed."""
    root, before = world
    after = load(HERE / "world.py").tree(root)
    for path in after.keys() - before.keys():
        shutil.rmtree(path, ignore_errors=True)
    return sorted(path for path, _ in after.items() ^ before.items())


@pytest.mark.parametrize(("tool", "rows"), batches(), ids=[f"{tool} {rows[0][0]}" for tool, rows in batches()])
def test_bad_inputs(tool, rows, world):
    ended = run(tool, [arguments for arguments, _ in rows], world[0])
    wrong = any(problem(one, words) for one, (_, words) in zip(ended, rows, strict=True))
    if not (new_and_changed(world) or wrong):
        return
    # Each in a process of its own, which says which of them it is.
    for arguments, words in rows:
        (alone,) = run(tool, [arguments], world[0])
        assert (problem(alone, words), new_and_changed(world)) == ("", []), f"{tool} {arguments}"


def test_the_table_has_all_tools():
    assert len(TABLE) >= 150
    assert len({(tool, arguments) for tool, arguments, _ in TABLE}) == len(TABLE)
    assert {tool for tool, *_ in TABLE} >= {*TOOLS, "flip_mm", "dist_train.sh", "dist_test.sh", "slurm_train.sh"}
