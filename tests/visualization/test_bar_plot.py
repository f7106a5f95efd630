# SPDX-License-Identifier: Apache-2.0
"""Bar plots of ablations: means, standard deviations and seeds are drawn where the values are."""

from statistics import fmean, stdev

import pytest

from flip_mm.visualization.bar_plot import bar_figure, plot_bars

TITLE = "Checkpoint: target-oracle. Threshold: paper."
VALUES = {
    "flip_it_p1": {"OCI->M": {0: 5.0, 1: 7.0}, "ICM->O": {0: 4.0, 1: 4.5}},
    "flip_it_p1_prompts-p1": {"OCI->M": {0: 6.0, 1: 6.5}},
}


def bars(ax):
    """Height of each bar that is drawn."""
    return [bar.get_height() for bar in ax.patches if bar.get_height() == bar.get_height()]


def points(ax):
    return [list(line.get_ydata()) for line in ax.lines if line.get_marker() == "o"]


def spans(ax):
    """Length of each error bar."""
    return [float(path[1, 1] - path[0, 1]) for bar in ax.containers for path in _segments(bar)]


def _segments(container):
    lines = getattr(container, "lines", None)
    return lines[2][0].get_segments() if lines else []


def test_bars_begin_at_zero_and_show_mean_deviation_and_seeds():
    figure = bar_figure(VALUES, "HTER", TITLE)
    (ax,) = figure.axes
    found = [list(own.values()) for runs in VALUES.values() for own in runs.values()]
    assert bars(ax) == [fmean(own) for own in found]
    assert points(ax) == found
    assert spans(ax) == pytest.approx([2 * stdev(own) for own in found])
    assert ax.get_ylim()[0] == 0
    assert ax.get_ylabel() == "HTER in percent (lower is better)"
    assert [text.get_text() for text in ax.get_xticklabels()] == ["OCI->M", "ICM->O"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["flip_it_p1", "prompts-p1"]
    assert figure.get_suptitle() == TITLE


def test_a_long_title_fits_the_figure():
    figure = bar_figure({"a": {"OCI->M": {0: 5.0}}}, "HTER", "\n".join(3 * [20 * "words " + "of a rule."]))
    figure.canvas.draw()
    box = figure._suptitle.get_window_extent()
    assert box.x0 > 0
    assert box.x1 < figure.bbox.width


def test_one_run_has_a_named_bar_for_each_variant():
    values = {name: {"OCI->M": own["OCI->M"]} for name, own in VALUES.items()}
    (ax,) = bar_figure(values, "HTER", TITLE).axes
    assert [text.get_text() for text in ax.get_xticklabels()] == ["flip_it_p1", "prompts-p1"]
    assert (ax.get_xlabel(), ax.get_legend()) == ("OCI->M", None)


def test_a_metric_that_is_better_when_higher_has_no_bars():
    values = {"a": {"OCI->M": {0: 98.0, 1: 99.0}}, "b": {"OCI->M": {None: 97.0}}}
    (ax,) = bar_figure(values, "AUC", TITLE).axes
    assert bars(ax) == []
    assert points(ax) == [[98.0, 99.0], [97.0]]
    assert len(spans(ax)) == 1  # one seed has no deviation
    assert ax.get_ylim()[0] > 90
    assert "higher is better" in ax.get_ylabel()


def test_many_variants_look_different():
    values = {f"v{number}": {run: {0: 1.0} for run in ("A->B", "B->A")} for number in range(20)}
    (ax,) = bar_figure(values, "HTER", TITLE).axes
    legend = ax.get_legend().get_patches()
    assert len({(patch.get_facecolor(), patch.get_hatch()) for patch in legend}) == 20


def test_files(tmp_path):
    for suffix, start in ((".png", b"\x89PNG"), (".pdf", b"%PDF"), (".svg", b"<?xml")):
        path = tmp_path / f"plot{suffix}"
        plot_bars(VALUES, "HTER", TITLE, path)
        assert path.read_bytes().startswith(start)
    svg = path.read_text(encoding="utf-8")
    plot_bars(VALUES, "HTER", TITLE, path)
    assert svg == path.read_text(encoding="utf-8")
    assert TITLE in svg
    with pytest.raises(ValueError, match=r"'plot\.jpg' is no name of a plot: it must end in \.png, \.pdf, \.svg"):
        plot_bars(VALUES, "HTER", TITLE, "plot.jpg")
    with pytest.raises(ValueError, match="no values of AUC"):
        plot_bars({}, "AUC", TITLE, path)
