# SPDX-License-Identifier: Apache-2.0
import io

import pytest
from rich.console import Console

from flip_mm.datasets.protocols import get_run
from flip_mm.experiments.job import Job, Outcome, State
from flip_mm.experiments.progress import PlainProgress, TerminalProgress, progress_on
from flip_mm.experiments.remaining import seconds_left, share_done, total_done
from flip_mm.experiments.stage import Stage
from flip_mm.experiments.summary import closing_text, metrics_line


@pytest.fixture
def jobs(tmp_path):
    """Three jobs of one training; the last one has two."""

    def stage(name):
        (tmp_path / name).mkdir()
        return Stage(("train", "config"), str(tmp_path / name))

    return [Job(f"config {name} seed 0", str(tmp_path / name), tuple(map(stage, names))) for name, *names in JOBS]


JOBS = [("a", "a"), ("b", "b"), ("c", "c1", "c2")]


def test_the_remaining_time_counts_steps(jobs):
    jobs[0].stages[0].log.write_text(
        "$ flip_mm train\ntrain 20/100  loss=1\ntrain 50/100  loss=0.5\nvalidation at 50/100: HTER 9\n"
    )
    jobs[2].stages[0].log.write_text("train 100/100  loss=1\n")
    jobs[2].stages[1].log.write_text("train 20/100  loss=1\n")
    assert [share_done(job) for job in jobs] == [0.5, 0.0, 0.6]
    assert total_done(jobs, [jobs[1]]) == pytest.approx(2.1)
    # 1.1 of 3 were done in 11 s.
    assert seconds_left(jobs, [jobs[1]], at_start=1.0, elapsed=11.0) == pytest.approx(9.0)
    assert seconds_left(jobs, [jobs[1]], at_start=2.1, elapsed=11.0) is None


FAILED = "error: loss is NaN at iteration 7"


def outcomes(jobs):
    return [Outcome(jobs[0], State.FINISHED, 61.0), Outcome(jobs[1], State.FAILED, 3.0, FAILED, "work/b/train.log")]


def test_lines_of_a_file(jobs, capsys):
    progress = progress_on(io.StringIO())
    assert isinstance(progress, PlainProgress)
    progress.start(jobs, jobs[2:])
    for outcome in outcomes(jobs):
        progress.ended(outcome)
    progress.close()
    assert capsys.readouterr().out.splitlines() == [
        "3 trainings, 1 of them finished before",
        "[2/3] config a seed 0: finished",
        f"[3/3] config b seed 0: failed: {FAILED}",
    ]


def test_table_and_bar_of_a_terminal(jobs):
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    progress = TerminalProgress(console)
    progress.start(jobs, [])
    for outcome in outcomes(jobs):
        progress.ended(outcome)
    progress.close()
    shown = console.file.getvalue()
    assert "config a seed 0" in shown
    assert FAILED in shown
    assert "2/3" in shown
    assert "left" in shown


def test_a_job_is_one_line_of_a_narrow_terminal(jobs):
    console = Console(file=io.StringIO(), force_terminal=True, width=80, height=24)
    progress = TerminalProgress(console)
    long = Outcome(jobs[1], State.FAILED, 3.0, FAILED * 5, "work/b/train.log")
    progress.jobs, progress.outcomes = jobs, [long] * 40
    with console.capture() as shown:
        console.print(progress.picture())
    assert len(shown.get().splitlines()) == 17


def test_failed_jobs_are_at_the_end(jobs, tmp_path):
    text = closing_text(outcomes(jobs), tmp_path)
    assert "1 of 2 failed" in text
    assert text.splitlines()[-2:] == [f"  config b seed 0: {FAILED}", "    log: work/b/train.log"]
    assert len(closing_text(outcomes(jobs)[:1], tmp_path).splitlines()) == 1


def test_the_line_of_a_job_says_that_target_images_were_seen(tmp_path, make_paper_record, write_records):
    run = get_run("p3", source="C", target="I", aux=False, shots=5, unlabelled="train")
    write_records(tmp_path, make_paper_record("gda_like", run, needs=dict(depth=True)))
    (record,) = tmp_path.rglob("record.json")
    line = metrics_line(Job("gda_like C->I seed 0", str(record.parent), ()))
    assert line.startswith("HTER ")
    assert line.endswith(
        "(saw 5 labelled target images per class; saw the target's train images without labels; "
        "needs depth maps: unknown source)"
    )
