# SPDX-License-Identifier: Apache-2.0
import csv
import json

import numpy as np
import pytest

from flip_mm.evaluation import Provenance, ScoreTable, write_scores
from flip_mm.evaluation.functional import auc, eer_threshold, metrics_at
from flip_mm.evaluation.paired import delong
from flip_mm.evaluation.paired_runs import pair_runs, read_runs
from flip_mm.evaluation.paired_table import HEAD, SEEDS_HEAD, paired_table

VIDEOS = [(f"O/{number}", int(number < 12)) for number in range(30)]


@pytest.fixture
def training(tmp_path):
    """training("a", seed=0, shift=1.0): a work dir with a record and a score file of two frames per video."""

    def make(method, seed, shift=1.0, run="ICM->O", videos=VIDEOS, selection="last", name="val_scores_target.csv"):
        folder = tmp_path / "work" / f"{method}{run[-1]}{seed}{name[:3]}"
        folder.mkdir(parents=True)
        rng = np.random.default_rng([seed, *method.encode()])
        rows = []
        for video, label in videos:
            mean = 1 / (1 + np.exp(-(rng.normal() + shift * (2 * label - 1))))
            rows += [
                (f"{video}_{k}.png", video, "", "O", "bonafide" if label else "print", label, mean * f)
                for k, f in ((0, 0.9), (1, 1))
            ]
        known = Provenance("p1", run, seed, "iter_4.pth", 4, selection)
        write_scores(ScoreTable.from_frames(rows), folder / name, known, "paper")
        (folder / "record.json").write_text(json.dumps(dict(config=dict(name=f"{method}.py"))))
        return folder

    return make


@pytest.fixture
def two_methods(training, tmp_path):
    for seed in range(3):
        training("better", seed, shift=1.2)
        training("worse", seed, shift=0.5, videos=VIDEOS[::-1])
    return tmp_path / "work"


def test_the_same_seeds_and_videos_are_paired(two_methods, training):
    training("better", 7)
    (pair,) = pair_runs(read_runs(two_methods), "better", "worse")
    assert (pair.first, pair.second, pair.run, pair.seeds, pair.left_out) == ("better", "worse", "p1 ICM->O", (0, 1, 2), (7,))
    assert pair.labels.sum() == 12
    assert [rows.shape for rows in (*pair.scores, *pair.errors)] == [(3, 30)] * 4
    runs = {(run.method, run.seed): run for run in read_runs(two_methods)}
    for which, method in enumerate(("better", "worse")):
        own = [runs[method, seed] for seed in range(3)]
        assert pair.auc(which) == pytest.approx(np.mean([auc(run.scores, run.labels) for run in own]))
        expected = [metrics_at(run.scores, run.labels, eer_threshold(run.scores, run.labels)).hter for run in own]
        assert pair.hters(which) == pytest.approx(expected)
    fixed = pair_runs(read_runs(two_methods), "better", "worse", threshold=0.5)[0]
    np.testing.assert_array_equal(fixed.errors[0], (pair.scores[0] >= 0.5) != (pair.labels == 1))


def test_the_score_file_of_a_test_is_preferred(training, tmp_path):
    folder = training("a", 0)
    test = training("b", 0, shift=3, name="scores_target.csv") / "scores_target.csv"
    test.rename(folder / "scores_target.csv")
    (run,) = [run for run in read_runs(tmp_path) if run.method == "a"]
    assert run.path == folder / "scores_target.csv"


@pytest.mark.parametrize("style", ["text", "markdown", "csv"])
def test_the_table_of_comparisons(two_methods, style):
    pairs = pair_runs(read_runs(two_methods), "better", "worse") * 2
    found = paired_table(pairs, style)
    assert all(name in found for name in HEAD)
    assert ("0.25 with three" in found) == (style != "csv")
    if style == "csv":
        head, first, _ = csv.reader(found.splitlines())
        assert head == HEAD
        test = delong(pairs[0].labels, *pairs[0].scores)
        assert first[:4] == ["better", "worse", "p1 ICM->O", "0 1 2"]
        assert first[4:9] == [
            f"{100 * pairs[0].auc(0):.2f}",
            f"{100 * pairs[0].auc(1):.2f}",
            f"{100 * test.value:.2f}",
            f"{test.p:.4f}",
            f"{2 * test.p:.4f}",
        ]
        assert first[9] == "0.2500"


def test_the_table_of_seeds(two_methods):
    pairs = pair_runs(read_runs(two_methods), "better", "worse")
    head, *rows = csv.reader(paired_table(pairs, "csv", each_seed=True).splitlines())
    assert head == SEEDS_HEAD
    assert [row[3] for row in rows] == ["0", "1", "2"]
    for number, row in enumerate(rows):
        test = delong(pairs[0].labels, pairs[0].scores[0][number], pairs[0].scores[1][number])
        assert row[4:6] == [f"{100 * test.value:.2f}", f"{test.p:.4f}"]
        assert float(row[6]) >= float(row[5])


def test_the_tool(two_methods, run_tool, capsys):
    run_tool("analysis_tools/paired_tests.py", two_methods, "--pair", "better", "worse", "--threshold", "0.5", "--each-seed")
    assert "p McNemar" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("second", "options", "message"),
    [
        ("unknown", {}, "no training of 'unknown'; there are a, b"),
        ("b", dict(run="OCI->M"), "no run and seed in common"),
        ("b", dict(seed=4), "no run and seed in common"),
        ("b", dict(selection="dev"), "compare results of one rule"),
        ("b", dict(videos=VIDEOS[1:]), "different videos or labels"),
    ],
)
def test_what_cannot_be_paired_is_refused(training, tmp_path, second, options, message):
    training("a", 0)
    training("b", **{"seed": 0, **options})
    with pytest.raises(ValueError, match=message):
        pair_runs(read_runs(tmp_path), "a", second)


def test_other_problems(training, tmp_path):
    with pytest.raises(FileNotFoundError, match="give work dirs"):
        read_runs(tmp_path)
    training("a", 0)
    training("b", 0)
    with pytest.raises(ValueError, match="style must be one of text, markdown, csv"):
        paired_table(pair_runs(read_runs(tmp_path), "a", "b"), "html")
    training("a", 0, name="scores_target.csv")
    with pytest.raises(ValueError, match="same run and seed of 'a'"):
        pair_runs(read_runs(tmp_path), "a", "b")
    (tmp_path / "work" / "aO0val" / "record.json").write_text("[]")
    with pytest.raises(ValueError, match="no record of a run"):
        read_runs(tmp_path)
