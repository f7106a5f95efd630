"""An analysis of a training: its numbers are those of an evaluation, and its files contain what is drawn."""

import csv
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from flip_mm.analysis.csv_file import write_rows
from flip_mm.analysis.gap import gap_figure, gap_of
from flip_mm.analysis.run_analysis import find_threshold
from flip_mm.analysis.score_files import stored_scores
from flip_mm.analysis.tables import TABLES, rows_of
from flip_mm.analysis.write_analysis import write_analysis
from flip_mm.evaluation import EvaluationOptions, make_reports, read_scores
from flip_mm.visualization.domain_plots import det_panels, histogram_panels, roc_panels

from .conftest import OPTIONS


@pytest.fixture(scope="module")
def evaluated(work_dir):
    """What `flip_mm evaluate` says about the score file of the training."""
    frames = read_scores(work_dir / "val_scores_target.csv")
    return make_reports({"target": frames}, EvaluationOptions("paper"))["target"]


def test_the_gap_has_the_metrics_of_an_evaluation(analysis, evaluated):
    target = analysis.metrics[0]
    assert (target.domain, target.role, target.videos) == ("O (target)", "target", len(evaluated.samples))
    assert target.hter == target.hter_in_use == evaluated.scalars()["HTER"]
    assert target.auc == evaluated.scalars()["AUC"]
    assert target.threshold == evaluated.metrics.threshold
    assert target.auc_interval == evaluated.bootstrap("video")["AUC"]
    sources = [own for own in analysis.metrics if own.role == "source"]
    assert {own.domain for own in sources} == {"I (source)", "C (source)", "M (source)"}
    # The synthetic lists name the same videos in training and test, as the official ones.
    assert all(own.trained == own.listed for own in sources)
    assert target.trained == 0
    gap = gap_of(analysis.metrics)
    assert gap["HTER"] == pytest.approx(target.hter - np.mean([own.hter for own in sources]))
    assert gap["AUC"] == pytest.approx(np.mean([own.auc for own in sources]) - target.auc)


def test_the_rates_are_counted_with_wilson_intervals(analysis, evaluated):
    rates = {row["kind"]: row for row in rows_of("rates", [analysis])}
    for kind, rate in (("real", evaluated.iso.bpcer), ("spoof", evaluated.iso.apcer_pooled), *evaluated.iso.apcer.items()):
        row = rates[kind]
        assert (row["wrong"], row["videos"]) == tuple(rate)
        assert (row["wilson_low"], row["wilson_high"]) == pytest.approx(tuple(100 * bound for bound in rate.interval))
    assert rates["real"]["threshold"] == evaluated.metrics.threshold


def test_the_csv_files_have_what_is_drawn(analysis):
    curves = {analysis.label: analysis.in_use}
    for name, draw, x, y in (("roc", roc_panels, "fpr", "tpr"), ("det", det_panels, "apcer", "bpcer")):
        figure = draw(curves, "title")
        assert [ax.get_title() for ax in figure.axes if ax.get_title()] == list(analysis.in_use)
        for ax, domain in zip(figure.axes, analysis.in_use, strict=False):
            rows = [row for row in rows_of(name, [analysis]) if row["domain"] == domain]
            low, high = (0, 1) if name == "roc" else (0.001, 0.99)
            line = ax.lines[0].get_xydata()
            assert np.allclose(line, np.clip([(row[x], row[y]) for row in rows], low, high))
    figure = histogram_panels(curves, "title")
    for ax, domain in zip(figure.axes, analysis.in_use, strict=False):
        rows = [row for row in rows_of("histograms", [analysis]) if row["domain"] == domain and row["label"] == "spoof"]
        assert ax.patches[0].get_data().values.tolist() == [row["percent"] for row in rows]
        assert sum(row["percent"] for row in rows) == pytest.approx(100)
    points = [(row["x"], row["y"]) for row in rows_of("embeddings", [analysis])]
    assert points == list(map(tuple, analysis.points.tolist()))
    left = gap_figure({analysis.label: analysis.metrics}, "title").axes[0]
    drawn = {line.get_ydata()[0] for line in left.lines if len(line.get_ydata()) == 1}
    assert {own.hter for own in analysis.metrics} <= drawn


def test_axes_of_all_panels_are_equal(analysis):
    curves = {"a": analysis.in_use, "b": analysis.in_use}
    for draw in (roc_panels, det_panels, histogram_panels):
        axes = [ax for ax in draw(curves, "title").axes if ax.axison]
        assert len({(ax.get_xlim(), ax.get_ylim()) for ax in axes}) == 1


def test_only_a_score_file_of_this_checkpoint_is_used(analysis):
    run, target = analysis.run, analysis.scored[0]
    assert stored_scores(run, target)[1] == "Scores of the target: all 30 images, from val_scores_target.csv."
    other = replace(run, provenance=replace(run.provenance, iteration=2))
    assert stored_scores(other, target) == (
        None,
        f"Scores of the target: of {len(target.frames)} drawn images, computed now; no score file in the work dir is of this "
        "checkpoint.",
    )
    changed = replace(target, frames=target.frames.with_scores(1 - target.frames.score))
    found, words = stored_scores(run, changed)
    assert found is None
    assert "val_scores_target.csv has other scores than this checkpoint" in words


def test_the_files(analysis, empty_plots, tmp_path):
    second = replace(analysis, label="tiny_p1, seed 1", stem="tiny_p1_seed1")
    paths = write_analysis([analysis, second], tmp_path / "out")
    names = {path.name for path in paths}
    assert names == {path.name for path in (tmp_path / "out").iterdir()}
    assert paths[0].name == "index.html"
    for picture in (
        "attention_tiny_p1_seed0",
        "mistakes_tiny_p1_seed1",
        "embeddings_tiny_p1_seed0",
        "roc",
        "det",
        "scores",
        "gap",
    ):
        assert {f"{picture}.png", f"{picture}.pdf"} <= names
    with (tmp_path / "out/gap.csv").open() as file:
        assert [row["domain"][0] for row in csv.DictReader(file)] == [*"OICM", *"OICM"]
    page = paths[0].read_text()
    assert "0.62 % of the real samples of I were taken for spoof" in page
    assert "quoted, not measured here" in page
    for text in ("tiny_p1, p1 ICM-&gt;O, seed 0, iter_4.pth", "checkpoint of the last iteration", "threshold in use"):
        assert text in page
    assert "<th>tiny" not in page
    assert len(re.findall("data:image/png", page)) == 2 * 3 + 4


def test_the_command_gives_the_same_again(run_command, analysis, work_dir, small_vocabulary, empty_plots, tmp_path):
    out = tmp_path / "out"
    options = ("--checkpoint", "last", "--images", OPTIONS.images, "--out", out)
    code, text, error = run_command("analyze", work_dir, *options)
    assert (code, error) == (0, "")
    assert text.splitlines()[-1] == str(out / "index.html")
    assert Image.open(out / "roc.png").size == (1, 1)
    for name in TABLES:
        write_rows(tmp_path / "expected.csv", rows_of(name, [analysis]))
        assert (out / f"{name}.csv").read_bytes() == (tmp_path / "expected.csv").read_bytes(), name


def test_thresholds_of_held_out_videos_and_given_ones(analysis):
    table, name = analysis.scored[0].frames, analysis.target.name
    held = replace(analysis.scored[1], images=replace(analysis.scored[1].images, role="dev"))
    tables = {name: table, held.images.name: held.frames}
    dev = make_reports({"dev": held.frames}, EvaluationOptions("paper"))["dev"]
    value, words = find_threshold("dev", [analysis.scored[0], held], tables, analysis.own)
    assert value == dev.metrics.threshold
    assert words == f"threshold in use {value:.4f}: fitted on held-out source videos ('dev', eer)"
    assert find_threshold(0.5, [], {}, {}) == (0.5, "threshold in use 0.5000: given on the command line")
