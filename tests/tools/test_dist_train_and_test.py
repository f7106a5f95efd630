# SPDX-License-Identifier: Apache-2.0
"""The command line on several gloo processes: what is equal to one process, and how a failure ends."""

import itertools
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from fixtures.speed import small_vocabulary_patch
from torch import distributed

ROOT = Path(__file__).parents[2]
NUMBER = itertools.count()
FIGURES = ("HTER", "EER", "AUC", "TPR@FPR=1%", "ACC", "threshold")
QUICK = [
    "default_hooks.logger.interval=1",
    *(f"{part}_dataloader.num_workers=0" for part in ("train", "val", "test")),
]


@pytest.fixture
def arguments(shared_mcio):
    """arguments(work_dir, *flags, iterations=..., options=[...]): the demo's, behind config and checkpoint."""

    def make(work, *flags, iterations=1, options=(), data=shared_mcio):
        length = [f"train_cfg.max_iters={iterations}", f"train_cfg.val_interval={iterations}"]
        name = f"experiment_name=dist_{next(NUMBER)}"
        return [
            str(a) for a in (*flags, "--work-dir", work, "--data-root", data, "--cfg-options", *QUICK, *length, name, *options)
        ]

    return make


@pytest.fixture
def few_tokens():
    """Not for the whole file: processes that scripts start have CLIP's vocabulary."""
    with small_vocabulary_patch():
        yield


def demo(method):
    return str(ROOT / f"configs/flip_{method}_demo.py")


def figures(work):
    """The figures of the only test in a work dir, as written."""
    (path,) = Path(work).glob("*/*.json")
    found = json.loads(path.read_text())
    return {name: found[f"target/{name}"] for name in FIGURES}


def scalars(work):
    return [json.loads(line) for path in Path(work).glob("*/vis_data/scalars.json") for line in path.read_text().splitlines()]


def state(path):
    return torch.load(path, weights_only=False)["state_dict"]


def run(command, **environment):
    """Exit code and output of a command that starts processes."""
    variables = {k: v for k, v in os.environ.items() if k not in ("PORT", "NNODES")}
    variables |= {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHON": sys.executable}
    ended = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=variables | environment,
        timeout=300,
    )
    return ended.returncode, ended.stdout


def test_four_processes_have_the_initial_weights_and_metrics_of_one(processes, run_tool, arguments, few_tokens, tmp_path):
    options = ["optim_wrapper.optimizer.lr=0", "param_scheduler.0.eta_min=0"]
    train = arguments(tmp_path / "four", "--launcher", "pytorch", options=options)
    test = arguments(tmp_path / "tested_by_four", "--launcher", "pytorch")
    checkpoint = tmp_path / "four/iter_1.pth"

    def run(rank):
        run_tool("train.py", demo("mcl"), *train)
        distributed.barrier()  # the first process alone writes checkpoints
        run_tool("test.py", demo("mcl"), checkpoint, *test)

    processes(4, run)
    run_tool("train.py", demo("mcl"), *arguments(tmp_path / "one", "--no-validate", options=options))
    one, four = state(tmp_path / "one/iter_1.pth"), state(checkpoint)
    assert one.keys() == four.keys()
    # Running means are those of the first process; its images are transformed by other seeds than those of one alone.
    weights = [name for name in one if "running_" not in name]
    assert [name for name in weights if not torch.equal(one[name], four[name])] == []
    run_tool("test.py", demo("mcl"), checkpoint, *arguments(tmp_path / "tested_by_one"))
    # 30 frames: not divisible by four.
    assert figures(tmp_path / "tested_by_four") == figures(tmp_path / "tested_by_one")


def test_the_seed_determines_the_result_on_several_processes(processes, run_tool, arguments, tmp_path):
    def train(name):
        chosen = arguments(tmp_path / name, "--launcher", "pytorch", "--no-validate", "--seed", 3, iterations=2)
        processes(2, lambda rank: run_tool("train.py", demo("v"), *chosen))
        return state(tmp_path / name / "iter_2.pth")

    first, again = train("a"), train("b")
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_the_scripts_train_and_test(run_tool, arguments, tmp_path):
    code, said = run(["bash", ROOT / "tools/dist_train.sh", demo("mcl"), 2, *arguments(tmp_path / "train", "--auto-scale-lr")])
    assert code == 0, said
    (log,) = (tmp_path / "train").glob("*/*.log")
    assert log.read_text().count("SyncBatchNorm needs GPUs: ") == 1
    assert said.count("Training flip_mcl_demo on CPU, 2 processes") == 1
    assert not [line for line in said.splitlines() if "Warning" in line], said
    # Twice the images of a step, twice the rate.
    assert [line["lr"] for line in scalars(tmp_path / "train") if "lr" in line] == [2e-3]
    (checkpoint,) = (tmp_path / "train").glob("best_*.pth")
    # A test by several processes is the one above: here one, which starts faster.
    code, said = run(["bash", ROOT / "tools/dist_test.sh", demo("mcl"), checkpoint, 1, *arguments(tmp_path / "script")])
    assert code == 0, said
    run_tool("test.py", demo("mcl"), checkpoint, *arguments(tmp_path / "one"))
    assert figures(tmp_path / "script") == figures(tmp_path / "one")


# Packages without their content: importing all of flip_mm would take most of the test's time.
ONE_OF_TWO = """
import os, sys, types
for name in ("flip_mm", "flip_mm.apis"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [os.path.join({root!r}, *name.split("."))]
from torch import distributed
from flip_mm.apis import processes

def main():
    processes.check_launcher("pytorch")
    distributed.init_process_group("gloo")
    if os.environ["RANK"] == "1":
        raise FileNotFoundError(2, "Gone", "txt")
    distributed.barrier()  # would wait for ever

sys.exit(processes.run_main(main))
"""


def test_a_failed_process_ends_all_and_its_message_is_last(tmp_path):
    script = tmp_path / "one_of_two.py"
    script.write_text(ONE_OF_TWO.format(root=str(ROOT)))
    code, said = run([sys.executable, ROOT / "tools/_launch.py", 2, script])
    assert code == 2, said
    assert said.count("Gone: 'txt'. Check the path.") == 1
    assert said.strip().splitlines()[-1] == "Gone: 'txt'. Check the path."
    assert "Traceback" not in said


def test_a_port_that_is_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = run([sys.executable, ROOT / "tools/_launch.py", 1, tmp_path / "never.py"], PORT=str(port))
    assert code == 2
    assert said.strip().splitlines()[-1].startswith(f"PORT={port} is in use on this machine: set another PORT.")
