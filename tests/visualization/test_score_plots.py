# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import matplotlib.figure
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image
from scipy.special import ndtri

from flip_mm.evaluation import EvaluationOptions, Provenance, ScoreTable, make_reports
from flip_mm.visualization import plot_det, plot_report, plot_roc, plot_score_histogram
from flip_mm.visualization.colours import REAL, SPOOF


@pytest.fixture
def report():
    """report(threshold, separation): 100 real and 100 spoof videos of two attack types, one harder than the other."""

    def make(threshold="paper", separation=3.0, level="video"):
        rng = np.random.default_rng(0)
        rows = []
        for i in range(200):
            real, replay = i % 2, i % 4 == 0
            score = 1 / (1 + np.exp(-(rng.standard_normal() + separation * (real - 0.5) + 0.3 * replay)))
            attack = "bonafide" if real else "replay" if replay else "print"
            rows.append((f"v{i}.png", f"v{i}", "", "O", attack, real, float(score)))
        return make_reports(dict(target=ScoreTable.from_frames(rows)), EvaluationOptions(threshold, level))["target"]

    return make


@pytest.fixture
def drawn(monkeypatch):
    """The axes of every figure that was saved."""
    found, save = [], matplotlib.figure.Figure.savefig

    def keep(self, *args, **kwargs):
        found.append(self.axes[0])
        return save(self, *args, **kwargs)

    monkeypatch.setattr(matplotlib.figure.Figure, "savefig", keep)
    return found


def line(ax, start):
    return next(line for line in ax.lines if line.get_label().startswith(start))


def test_roc_curve_encloses_the_auc(report, drawn, tmp_path):
    target = report()
    plot_roc(target, tmp_path / "roc.png")
    ax, found = drawn[0], target.metrics
    curve = line(ax, "AUC")
    assert np.trapezoid(curve.get_ydata(), curve.get_xdata()) == pytest.approx(found.auc)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert f"AUC {100 * found.auc:.2f}%" in labels
    assert any(f"HTER {100 * found.hter:.2f}%" in text for text in labels)
    assert ax.get_title() == (
        "target, 100 real and 100 spoof videos\nthreshold fitted on the same scores ('paper', optimistic)"
    )
    with Image.open(tmp_path / "roc.png") as image:
        assert min(image.size) > 500


def test_headings_name_the_training_and_how_its_checkpoint_was_chosen(report, drawn, tmp_path):
    origin = Provenance("p1", "OCI->M", 0, "best_target_HTER_iter_400.pth", 400, "target", "target/HTER", 0)
    plot_report(replace(report(), provenance=origin), tmp_path, "target")
    for ax in drawn:
        lines = ax.get_title().splitlines()
        assert max(map(len, lines)) <= 72
        assert " ".join(lines[2:]) == " ".join((origin.selection_text, origin.target_seen, origin.origin))
        canvas = FigureCanvasAgg(ax.figure)
        canvas.draw()
        box, whole = ax.title.get_window_extent(canvas.get_renderer()), ax.figure.bbox
        assert whole.x0 <= box.x0 < box.x1 <= whole.x1


def test_histogram_bars_are_percent_of_their_class(report, drawn, tmp_path):
    plot_score_histogram(report(0.5), tmp_path / "scores.png")
    heights = {SPOOF: 0.0, REAL: 0.0}
    for patch in drawn[0].patches:
        heights[matplotlib.colors.to_hex(patch.get_facecolor()).upper()] += patch.get_height()
    assert heights == pytest.approx({SPOOF: 100, REAL: 100})
    assert drawn[0].lines[0].get_xdata()[0] == 0.5
    assert "mean over a video's frames" in drawn[0].get_xlabel()
    assert (tmp_path / "scores.png").stat().st_size > 5000
    plot_score_histogram(report(0.5, level="frame"), tmp_path / "frames.png")
    assert "of each frame" in drawn[1].get_xlabel()
    assert "bona fide: 100 frames" in [text.get_text() for text in drawn[1].figure.legends[0].get_texts()]


def test_det_curve_passes_through_its_points(report, drawn, tmp_path):
    target = report(0.4)
    plot_det(target, tmp_path / "det.png")
    ax, found, iso = drawn[0], target.metrics, target.iso
    pooled, worst = line(ax, "all attacks"), line(ax, "worst attack type")
    assert (found.far, found.frr) in list(zip(pooled.get_xdata(), pooled.get_ydata(), strict=True))
    assert (iso.apcer_worst.value, found.frr) in list(zip(worst.get_xdata(), worst.get_ydata(), strict=True))
    assert line(ax, "BPCER").get_xydata().tolist() == [[found.far, found.frr]]
    assert line(ax, f"APCER {100 * iso.apcer_worst.value:.2f}%").get_xydata().tolist() == [[iso.apcer_worst.value, found.frr]]
    assert np.all(worst.get_xdata() >= pooled.get_xdata())
    assert all(a >= b for a, b in zip(pooled.get_xdata(), pooled.get_xdata()[1:], strict=False))


def test_det_axes_are_normal_deviates_with_ticks_in_percent(report, drawn, tmp_path):
    plot_det(report(), tmp_path / "det.png")
    ax = drawn[0]
    for axis in (ax.xaxis, ax.yaxis):
        assert axis.get_transform().transform(np.array([0.02, 0.5])) == pytest.approx(ndtri([0.02, 0.5]))
        assert [text.get_text() for text in axis.get_ticklabels()][:4] == ["0.5", "1", "2", "5"]
    assert ax.get_xlim() == ax.get_ylim() == (0.005, 0.99)


def test_det_of_one_attack_type_and_of_no_errors(report, drawn, tmp_path):
    target = report(separation=40.0)
    plot_det(target, tmp_path / "det.png")
    assert np.min(line(drawn[0], "all attacks").get_xydata()) == 0.005
    rows = [(*row[:4], "bonafide" if row[5] else "print", *row[5:]) for row in target.samples.rows()]
    plot_det(make_reports(dict(target=ScoreTable.from_frames(rows)), EvaluationOptions())["target"], tmp_path / "det.png")
    assert not [found for found in drawn[1].lines if "worst" in found.get_label()]


def test_names_of_attacks_and_roles_are_no_formulas(report, drawn, tmp_path):
    rows = [(*row[:4], row[4] if row[5] else rf"$\frac{{ {row[4]}$\x1b", *row[5:]) for row in report().samples.rows()]
    role = r"$\frac{$"
    (own,) = make_reports({role: ScoreTable.from_frames(rows)}, EvaluationOptions(0.4)).values()
    for plot in (plot_det, plot_roc, plot_score_histogram):
        plot(own, tmp_path / "a.png")
    assert [ax.get_title().split(",")[0] for ax in drawn] == [r"\$\frac{\$"] * 3
    assert any(r"(\$\frac{ replay\$\x1b)" in found.get_label() for found in drawn[0].lines)


def test_all_plots_of_a_report(report, tmp_path):
    names = [path.name for path in plot_report(report(), tmp_path, "deploy_dev", "val_")]
    assert names == ["val_roc_deploy_dev.png", "val_det_deploy_dev.png", "val_scores_deploy_dev.png"]
    assert {path.name for path in tmp_path.iterdir()} == set(names)
