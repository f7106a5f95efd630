# SPDX-License-Identifier: Apache-2.0
"""Any wrong input of a tool: one last line that says what is wrong, no traceback, nothing left behind.

The inputs are in bad_inputs/*.txt, a line each: arguments as a shell takes them => words of the last line. Each runs in a
process forked from this one, which has imported everything.
"""

import contextlib
import gc
import io
import os
import runpy
import shlex
import shutil
import signal
import subprocess
import sys
import traceback
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import torch

from flip_mm.cli import commands

HERE = Path(__file__).parent / "bad_inputs"
ROOT = Path(__file__).parents[2]
TOOLS = {path.stem: path for path in ROOT.glob("tools/**/*.py") if path.parent.name != "benchmarks" or path.stem[0] != "_"}
SECONDS = 60


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


def forked(action, folder, environment):
    """Exit code and stderr of a forked process that calls action() in a folder."""
    with contextlib.ExitStack() as stack:
        read, write = os.pipe()
        process = os.fork()
        if not process:
            _child(action, folder, environment, write)
        os.close(write)
        file = stack.enter_context(os.fdopen(read, "rb"))
        said = file.read().decode("utf-8", "replace")
        _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status), said


def _child(action, folder, environment, write):
    code = 99
    # A collection would touch, and so copy, every page of this process.
    gc.disable()
    try:
        signal.alarm(SECONDS)
        os.chdir(folder)
        os.environ.update(environment)
        os.dup2(write, 2)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        sys.stdin, sys.stdout = open(0), open(1, "w")  # noqa: SIM115  the process ends
        sys.stderr = io.TextIOWrapper(os.fdopen(2, "wb"), "utf-8", "backslashreplace", line_buffering=True)
        torch.set_num_threads(1)
        try:
            action()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
            code = 0 if ended.code is None else code
    except BaseException:
        traceback.print_exc()
        code = 98
    finally:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(code)


def run(tool, arguments, folder):
    """Exit code and stderr of a tool."""
    words = shlex.split(arguments)
    environment = {}
    while words and "=" in words[0] and words[0].split("=")[0].isupper():
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    if tool.endswith(".sh"):
        done = subprocess.run(
            ["bash", str(ROOT / "tools" / tool), *words],
            cwd=folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        return done.returncode, done.stderr

    def action():
        if tool == "flip_mm":
            sys.argv = ["flip_mm", *words]
            sys.exit(commands.main())
        else:
            sys.argv = [str(TOOLS[tool]), *words]
            sys.path.append(str(TOOLS[tool].parent))
            runpy.run_path(sys.argv[0], run_name="__main__")

    return forked(action, folder, environment)


@pytest.mark.parametrize(("tool", "arguments", "words"), TABLE, ids=[f"{tool} {arguments}" for tool, arguments, _ in TABLE])
def test_a_bad_input(tool, arguments, words, world):
    root, before = world
    code, said = run(tool, arguments, root)
    last = said.strip().splitlines()[-1] if said.strip() else ""
    after = load(HERE / "world.py").tree(root)
    different = sorted(path for path, _ in after.items() ^ before.items())
    for path in after.keys() - before.keys():
        shutil.rmtree(path, ignore_errors=True)
    assert (code, "Traceback" in said, different) == (2, False, []), said
    assert words in last
    assert last.isprintable()


def test_the_table_has_all_tools():
    assert len(TABLE) >= 150
    assert len({(tool, arguments) for tool, arguments, _ in TABLE}) == len(TABLE)
    assert {tool for tool, *_ in TABLE} >= {*TOOLS, "flip_mm", "dist_train.sh", "dist_test.sh", "slurm_train.sh"}
