# SPDX-License-Identifier: Apache-2.0
"""flip_mm run on a real Slurm: whatever ends its jobs or its own process, the results are those of an undisturbed run."""

import re
import signal
import sys

import pytest
import torch

pytestmark = pytest.mark.slurm

ITERATIONS = 60
RUNS = {"O": "ICM-O", "M": "OCI-M"}


def command(work, data, *where):
    options = [f"train_cfg.max_iters={ITERATIONS}", "train_cfg.val_interval=20", "default_hooks.checkpoint.interval=1"]
    workers = [f"{part}_dataloader.num_workers=0" for part in ("train", "val")]
    words = [sys.executable, "-m", "flip_mm", "run", "flip_v_demo", "--runs", ",".join(RUNS), "--work-dir", work]
    return [*words, "--data-root", data, *where, "--cfg-options", *options, *workers]


class Work:
    """A work dir of flip_mm run."""

    def __init__(self, folder):
        self.folder = folder

    def training(self, target):
        return next(self.folder.glob(f"flip_v_demo/*{target}_*"), self.folder / "none")

    def iteration(self, target):
        """Of the newest checkpoint."""
        return max((int(path.stem.split("_")[1]) for path in self.training(target).glob("iter_*.pth")), default=0)

    def weights(self, target):
        return torch.load(self.training(target) / f"iter_{ITERATIONS}.pth", weights_only=False)["state_dict"]

    def best(self, target):
        return sorted(path.name for path in self.training(target).glob("best_*.pth"))

    def submitted(self):
        return sorted((path.name.split("_")[0] for path in self.folder.glob(".slurm/*_submission.sh")), key=int)

    def log(self, number):
        return (self.folder / f".slurm/{number}_0_log.out").read_text()


@pytest.fixture(scope="module")
def undisturbed(slurm, shared_mcio, tmp_path_factory):
    """The same without Slurm."""
    work = Work(tmp_path_factory.mktemp("undisturbed") / "work")
    code, output = slurm.run(*command(work.folder, shared_mcio, "--parallel", "2"))
    assert code == 0, output
    return work


def test_killed_cancelled_requeued_and_preempted(slurm, shared_mcio, undisturbed, tmp_path):
    work = Work(tmp_path / "work")
    words = command(work.folder, shared_mcio, "--slurm", slurm.partition, "--slurm-options", "mem=1G")
    with slurm.start(*words) as runner:
        slurm.wait(lambda: min(work.iteration(target) for target in RUNS) >= 3)
        # The runner ends without a word to its jobs.
        runner.send_signal(signal.SIGKILL)
    first, second = sorted(slurm.jobs(), key=int)
    assert slurm.run("scontrol", "requeue", first) == (0, "")
    # Of Slurm, some time before the limit of a job.
    assert slurm.run("scancel", "--signal=USR2", second) == (0, "")
    reached = {target: work.iteration(target) for target in RUNS}
    with slurm.start(*words) as runner:
        slurm.wait(lambda: all(work.iteration(target) > reached[target] + 3 for target in RUNS))
        if slurm.has_urgent:
            code, output = slurm.run("srun", "--partition=urgent", "--ntasks=2", "--mem=1G", "true")
            assert code == 0, output
            reached = {target: work.iteration(target) for target in RUNS}
            slurm.wait(lambda: all(work.iteration(target) > reached[target] for target in RUNS))
        assert slurm.run("scancel", second) == (0, "")
        slurm.wait(lambda: runner.poll() is not None)
        # A failed training is exit code 1.
        assert runner.returncode == 1
    assert work.submitted() == [first, second]
    assert work.iteration("M") < ITERATIONS or work.iteration("O") < ITERATIONS
    code, output = slurm.run(*words)
    assert code == 0, output
    assert len(work.submitted()) == 3
    assert "Requeued job" in work.log(second)
    starts = {number: work.log(number).count("Starting with JobEnvironment") for number in work.submitted()}
    assert min(starts[first], starts[second]) >= (3 if slurm.has_urgent else 2)
    for target in RUNS:
        ours, theirs = work.weights(target), undisturbed.weights(target)
        assert [name for name in theirs if not torch.equal(ours[name], theirs[name])] == []
        assert work.best(target) == undisturbed.best(target)
    assert (work.folder / "results.csv").read_bytes() == (undisturbed.folder / "results.csv").read_bytes()


def test_ctrl_c_leaves_the_jobs_in_slurm(slurm, shared_mcio, wait, tmp_path):
    words = command(tmp_path / "work", shared_mcio, "--slurm", slurm.partition, "--slurm-options", "begin=now+1hour")
    errors = tmp_path / "errors.txt"
    with errors.open("w") as file, slurm.start(*words, stderr=file) as runner:
        wait(lambda: len(slurm.jobs()) == 2)
        runner.send_signal(signal.SIGINT)
        assert runner.wait(60) == 130
    numbers = sorted(slurm.jobs(), key=int)
    assert slurm.run("scancel", *numbers) == (0, "")
    assert re.search(f"Interrupted: the jobs stay in Slurm. .* `scancel {' '.join(numbers)}`", errors.read_text())


def test_an_unknown_partition_is_refused(slurm, shared_mcio, tmp_path):
    code, output = slurm.run(*command(tmp_path / "work", shared_mcio, "--slurm", "no-such-partition"))
    assert (code, len(output.splitlines())) == (2, 1)
    assert "Slurm has no partition of this name; there are: " in output
    assert not (tmp_path / "work").exists()
