# SPDX-License-Identifier: Apache-2.0
import matplotlib.figure
import numpy as np
import pytest
from PIL import Image

from flip_mm.evaluation.functional import average_videos, figures_at
from flip_mm.visualization import plot_roc, plot_score_histogram
from flip_mm.visualization.score_plots import REAL, SPOOF


@pytest.fixture
def video():
    rng = np.random.default_rng(0)
    labels = np.arange(200) % 2
    scores = 1 / (1 + np.exp(-(rng.standard_normal(200) + 3 * (labels - 0.5))))
    return average_videos([f"v{i}" for i in range(200)], scores, labels)


@pytest.fixture
def drawn(monkeypatch):
    """The axes of the last figure that was saved."""
    found, save = [], matplotlib.figure.Figure.savefig

    def keep(self, *args, **kwargs):
        found.append(self.axes[0])
        return save(self, *args, **kwargs)

    monkeypatch.setattr(matplotlib.figure.Figure, "savefig", keep)
    return found


def test_roc_curve_encloses_the_auc(video, drawn, tmp_path):
    found = figures_at(video.scores, video.labels)
    plot_roc(video, found, tmp_path / "roc.png", "target: rule")
    ax = drawn[0]
    curve = next(line for line in ax.lines if line.get_label().startswith("AUC"))
    assert np.trapezoid(curve.get_ydata(), curve.get_xdata()) == pytest.approx(found.auc)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert f"AUC {100 * found.auc:.2f}%" in labels
    assert any(f"HTER {100 * found.hter:.2f}%" in text for text in labels)
    assert ax.get_title() == "target: rule"
    with Image.open(tmp_path / "roc.png") as image:
        assert min(image.size) > 500


def test_histogram_bars_are_percent_of_their_class(video, drawn, tmp_path):
    found = figures_at(video.scores, video.labels, 0.5)
    plot_score_histogram(video, found, tmp_path / "scores.png")
    heights = {SPOOF: 0.0, REAL: 0.0}
    for patch in drawn[0].patches:
        heights[matplotlib.colors.to_hex(patch.get_facecolor()).upper()] += patch.get_height()
    assert heights == pytest.approx({SPOOF: 100, REAL: 100})
    assert drawn[0].lines[0].get_xdata()[0] == 0.5
    assert (tmp_path / "scores.png").stat().st_size > 5000
