# SPDX-License-Identifier: Apache-2.0
"""Run jobs under Slurm through submitit: one job of Slurm for each job of the experiment."""

from __future__ import annotations

import os
import re
import stat
import time
import warnings
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from flip_mm.utils.folder_lock import FolderLock
from flip_mm.utils.text import safe_text

from .job import Job, Outcome, State, is_finished
from .slurm_options import SlurmOptions
from .slurm_queue import QueuedJob, cancel, comment, partition_facts, queued_jobs
from .slurm_task import SlurmTask, outcome_file, read_outcome

FOLDER = ".slurm"
# Seconds between two questions to Slurm, and until files of another machine are seen on this one.
POLL, DELAY = 10.0, 30.0
# A refusal of sbatch that ends by itself when other jobs have ended.
TEMPORARY = re.compile(r"limit|timed out|temporarily", re.IGNORECASE)

# Ends that are not the job's fault, where Slurm does not start it again by itself.
LOST = frozenset({"PREEMPTED", "NODE_FAIL", "BOOT_FAIL", "TIMEOUT"})


class SlurmPool:
    """Submits jobs and waits for them; jobs that are in the queue already are found and not submitted again.

    When the iterator of :meth:`run` is closed, or this process is killed, the jobs stay in Slurm.

    Args:
        partition: Partition of Slurm.
        work_dir: Work dir of the experiment; its folder ``.slurm`` gets scripts, pickled jobs, logs and outcomes.
        options: Resources of each job.
        poll: Seconds between two questions to Slurm.
        delay: Seconds until a file that another machine has written is seen here.

    Attributes:
        running: Slurm's number -> job, of the jobs that were not seen to end.

    Raises:
        ImportError: The extra ``slurm`` is not installed.
        ValueError: There is no such partition.
        RuntimeError: Slurm does not answer.
    """

    def __init__(
        self,
        partition: str,
        work_dir: str | Path,
        options: SlurmOptions | None = None,
        poll: float = POLL,
        delay: float = DELAY,
    ) -> None:
        _submitit()
        self.partition, self.folder = partition, Path(work_dir, FOLDER).absolute()
        self.options = (options or SlurmOptions()).for_partition(*partition_facts(partition))
        self.poll, self.delay = poll, delay
        self.running: dict[str, Job] = {}
        self._folders: set[str] = set()
        self._since: dict[str, float] = {}
        self._restarts: Counter[str] = Counter()

    @property
    def left_behind(self) -> str:
        """What happened to the jobs when the iterator of :meth:`run` was closed."""
        if not self.running:
            return "no job is in Slurm. The same command continues."
        return f"the jobs stay in Slurm. The same command waits for them; `scancel {' '.join(self.running)}` ends them."

    def run(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        """Run all jobs.

        Args:
            jobs: The jobs.

        Yields:
            The outcome of each job, when it has ended.

        Raises:
            RuntimeError: Slurm refuses a job.
            ValueError: A job with other settings is in the queue for the same folder, or others can write to ``.slurm``.
        """
        waiting: deque[Job] = deque()
        for job in jobs:
            if is_finished(job):
                yield Outcome(job, State.SKIPPED)
            else:
                waiting.append(job)
        self._folders = {_folder(job) for job in waiting}
        while waiting or self.running:
            if waiting:
                self._submit(waiting)
            time.sleep(self.poll)
            for number, state in self._ended():
                job = self.running[number]
                outcome, is_certain = self._outcome(number, job, state)
                if not (is_certain or self._was_long_ago(number)):
                    continue
                del self.running[number]
                if state in LOST and not is_certain and self._may_restart(job):
                    waiting.append(job)
                else:
                    yield outcome

    def _ended(self) -> list[tuple[str, str]]:
        """Numbers and states of the jobs that have ended; none if Slurm does not answer, as while it is restarted."""
        try:
            queue = {queued.number: queued for queued in queued_jobs()}
        except RuntimeError as error:
            warnings.warn(f"{error} Its jobs are not lost: asking again.", stacklevel=2)
            return []
        ended = [(number, queue[number].state if number in queue else "GONE") for number in self.running]
        ended = [(number, state) for number, state in ended if number not in queue or not queue[number].is_alive]
        self._since = {number: self._since.get(number, time.monotonic()) for number, _ in ended}
        return ended

    def _was_long_ago(self, number: str) -> bool:
        """Whether all files of a job that has ended are seen on this machine."""
        return time.monotonic() - self._since[number] >= self.delay

    def _may_restart(self, job: Job) -> bool:
        self._restarts[job.folder] += 1
        return self._restarts[job.folder] <= self.options.restarts

    def _submit(self, waiting: deque[Job]) -> None:
        """Move jobs from ``waiting`` to ``running``, as many as Slurm takes: found in the queue, or submitted now."""
        _make_private(self.folder)
        with self._only_one():
            found = self._found()
            while waiting:
                job = waiting[0]
                queued = found.get(_folder(job))
                if queued and queued.content != _content(job):
                    raise ValueError(
                        f"Slurm's job {queued.number} works in '{job.folder}' with other settings: wait for it, or cancel it "
                        f"with `scancel {queued.number}`."
                    )
                if (number := queued.number if queued else self._submit_one(job)) is None:
                    return
                self.running[number] = waiting.popleft()

    def _found(self) -> dict[str, QueuedJob]:
        """Hash of a folder -> the job of it that is in the queue."""
        while True:
            jobs = [queued for queued in queued_jobs() if queued.folder in self._folders and queued.is_alive]
            if all(queued.state != "COMPLETING" for queued in jobs):
                break
            # Cancelled, or soon waiting again.
            time.sleep(min(self.poll, 1.0))
        found = {}
        for queued in jobs:
            if (self.folder / f"{queued.number}_submitted.pkl").exists():
                found[queued.folder] = queued
            else:
                # Its runner was killed before submitit had named the file of the job: it would wait for the file and fail.
                cancel(queued.number)
        return found

    def _submit_one(self, job: Job) -> str | None:
        """Submit a job and return Slurm's number; None if Slurm takes no more jobs now."""
        submitit = _submitit()
        executor = submitit.SlurmExecutor(self.folder, max_num_timeout=self.options.restarts)
        parameters = self.options.parameters()
        parameters["additional_parameters"]["comment"] = comment(_folder(job), _content(job))
        executor.update_parameters(
            job_name=safe_text(job.name, keep=""), partition=self.partition, stderr_to_stdout=True, **parameters
        )
        # Without it a training would see the GPUs of other jobs.
        hidden = {} if self.options.has_gpu else {"CUDA_VISIBLE_DEVICES": ""}
        try:
            return executor.submit(SlurmTask(str(self.folder), hidden), job).job_id
        except (submitit.core.utils.FailedJobError, submitit.core.utils.FailedSubmissionError) as error:
            message = safe_text(str(error).strip().rpartition("\n")[2], keep="")
            if self.running and TEMPORARY.search(message):
                return None
            raise RuntimeError(f"Slurm refuses '{job.name}': {message}. Check --slurm-options.") from None

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        """Let one runner at a time look into the queue and submit."""
        while True:
            try:
                lock = FolderLock(self.folder, "submission")
                break
            except BlockingIOError:
                time.sleep(min(self.poll, 1.0))
        with lock:
            yield

    def _outcome(self, number: str, job: Job, state: str) -> tuple[Outcome, bool]:
        """How a job ended, and whether that is certain; the records decide whether it is finished."""
        written = read_outcome(outcome_file(self.folder, number), job)
        try:
            if is_finished(job):
                return replace(written or Outcome(job, State.FINISHED), state=State.FINISHED, reason="", log=""), True
        except ValueError as error:
            return Outcome(job, State.FAILED, reason=str(error)), False
        path = self.folder / f"{number}_0_log.out"
        log = str(path) if path.exists() else ""
        if written and written.state is State.FAILED:
            return replace(written, log=written.log or log), True
        return Outcome(job, State.FAILED, reason=f"Slurm's job {number} ended ({state}) before it was finished", log=log), False


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _folder(job: Job) -> str:
    """Hash of the folder of a job."""
    return _hash(str(Path(job.folder).absolute()))


def _content(job: Job) -> str:
    """Hash of what a job does."""
    return _hash(repr([(stage.arguments, stage.work_dir, stage.after, stage.checkpoint) for stage in job.stages]))


def _make_private(folder: Path) -> None:
    """Make a folder to which nobody else can write: jobs execute the pickles in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if status.st_uid != os.geteuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ValueError(
            f"'{folder}' belongs to another user, or others can write to it, and Slurm's jobs execute its files: remove it, or "
            "choose another --work-dir."
        )


def _submitit() -> Any:
    try:
        import submitit
    except ImportError as error:
        raise ImportError('--slurm needs submitit: pip install "flip_mm[slurm]"') from error
    return submitit
