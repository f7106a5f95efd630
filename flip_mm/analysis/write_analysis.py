# SPDX-License-Identifier: Apache-2.0
"""Write an analysis: PNG and PDF of each picture, CSV files of all numbers, one page with everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from flip_mm.utils.files import name_in_errors
from flip_mm.visualization.domain_plots import det_panels, histogram_panels, roc_panels, short_names
from flip_mm.visualization.figure_file import figure_uri, save_figure, save_figure_pdf
from flip_mm.visualization.html_page import write_page

from .csv_file import write_rows
from .embedding_map import NO_AXES, embedding_figure
from .error_rates import PUBLISHED, error_rates
from .face_sheets import attention_figure, mistakes_figure
from .gap import gap_figure, gap_of
from .run_analysis import RunAnalysis
from .separation import DOMAIN_PROBE
from .tables import TABLES, rows_of

PAGE = "index.html"
SYNTHETIC = "Synthetic images: the numbers say nothing about real faces."
QUOTED = (
    "The FLIP paper reports for its own trainings on the real sets (section 8, quoted, not measured here): "
    + ", ".join(f"{value:g} % of the real samples of {domain} were taken for spoof" for domain, value in PUBLISHED.items())
    + "."
)


@dataclass
class Section:
    """A part of the page.

    Attributes:
        title: Its title.
        sentences: Above the tables.
        tables: With ``heads`` and ``rows`` of texts.
        figures: Name of the file and data URI.
    """

    title: str
    sentences: list[str] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    figures: list[tuple[str, str]] = field(default_factory=list)


def write_analysis(analyses: Sequence[RunAnalysis], folder: Path) -> list[Path]:
    """Write all files of an analysis.

    Args:
        analyses: One for each training.
        folder: It is created.

    Returns:
        The files, the page first.

    Raises:
        ImportError: Jinja2 is not installed.
        OSError: A file cannot be written.
    """
    with name_in_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    writer = _Writer(folder)
    sections = [
        _gap(analyses, writer),
        _curves(analyses, writer),
        _mistakes(analyses, writer),
        _embeddings(analyses, writer),
        _attention(analyses, writer),
    ]
    for name in TABLES:
        writer.rows(name, rows_of(name, analyses))
    names = [found.label for found in analyses]
    write_page(
        "analysis.html",
        folder / PAGE,
        title="Analysis of " + (names[0] if len(names) == 1 else f"{len(names)} trainings"),
        sentences=list(dict.fromkeys(text for found in analyses for text in _sentences(found))),
        sections=sections,
        files=[path.name for path in writer.paths],
    )
    return [folder / PAGE, *writer.paths]


class _Writer:
    """Writes files into a folder and keeps their paths."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths: list[Path] = []

    def figure(self, name: str, figure: Figure) -> tuple[str, str]:
        """Write a figure twice, and return its name and data URI for the page."""
        for suffix, save in ((".png", save_figure), (".pdf", save_figure_pdf)):
            self.paths.append(self.folder / f"{name}{suffix}")
            save(figure, self.paths[-1])
        return f"{name}.png", figure_uri(figure)

    def rows(self, name: str, rows: Any) -> None:
        """Write a CSV file."""
        self.paths.append(self.folder / f"{name}.csv")
        write_rows(self.paths[-1], rows)


def _attention(analyses: Sequence[RunAnalysis], writer: _Writer) -> Section:
    section = Section(
        "Attention over target faces", ["A map is no proof: it says what this model used, not whether it is right."]
    )
    for found in analyses:
        figure = attention_figure(found.faces, found.in_use[found.target.name], _title(found))
        section.figures.append(writer.figure(f"attention_{found.stem}", figure))
    return section


def _mistakes(analyses: Sequence[RunAnalysis], writer: _Writer) -> Section:
    names = short_names([found.label for found in analyses])
    heads = ["training", "kind", "wrong", "videos", "rate", "95 % Wilson"]
    rows, shown = [], []
    section = Section("Misclassified target videos", [QUOTED], [dict(heads=heads, rows=rows)])
    for found in analyses:
        report = found.in_use[found.target.name]
        for own in error_rates(report):
            low, high = (f"{100 * bound:.2f}" for bound in own.rate.interval)
            cells = (own.kind, own.rate.errors, own.rate.total, f"{100 * own.rate.value:.2f} %", f"{low} to {high} %")
            rows.append((names[found.label], *map(str, cells)))
        figure, mistakes = mistakes_figure(report, found.target, _title(found))
        section.figures.append(writer.figure(f"mistakes_{found.stem}", figure))
        shown += [dict(run=found.label, **asdict(own)) for own in mistakes]
    writer.rows("mistakes", shown)
    return section


def _embeddings(analyses: Sequence[RunAnalysis], writer: _Writer) -> Section:
    rows = []
    sentences = [
        "Image embeddings of test images, l2-normalised. Silhouettes are in -1..1, 0 for groups that are not separate. A probe "
        "for the domain at chance would mean that embeddings do not show where an image comes from.",
        NO_AXES,
    ]
    names = short_names([found.label for found in analyses])
    heads = ["training", "number", "value", "chance", "images", "how"]
    section = Section("Embeddings", sentences, [dict(heads=heads, rows=rows)])
    for found in analyses:
        domains = [found.scored[n].images.name for n in found.embedded for _ in range(len(found.scored[n].frames))]
        labels = [label for n in found.embedded for label in found.scored[n].frames.label.tolist()]
        title = f"{found.run.title}\n{found.draws}\nt-SNE of the embeddings of {len(labels)} test images. {NO_AXES}"
        section.figures.append(
            writer.figure(
                f"embeddings_{found.stem}", embedding_figure(found.points, domains, labels, title, *_panel_titles(found))
            )
        )
        for own in found.separation:
            value, chance = ("-" if part is None else f"{part:.3f}" for part in (own.value, own.chance))
            rows.append((names[found.label], own.name, value, chance, str(own.images), own.note))
    return section


def _panel_titles(found: RunAnalysis) -> list[str]:
    """Titles of both panels, with the main numbers."""
    values = {own.name: own for own in found.separation}

    def text(name: str) -> str:
        own = values[name]
        chance = f" (chance {own.chance:.2f})" if own.chance else ""
        return "" if own.value is None else f"{name.partition(' by ')[0].partition(',')[0]} {own.value:.2f}{chance}"

    by_domain, by_label = ("silhouette by domain", DOMAIN_PROBE), ("silhouette by label",)
    return [
        f"coloured by {word}: {', '.join(filter(None, map(text, names)))}".removesuffix(": ")
        for word, names in (("domain", by_domain), ("label", by_label))
    ]


def _curves(analyses: Sequence[RunAnalysis], writer: _Writer) -> Section:
    curves = {found.label: found.in_use for found in analyses}
    title = _common_title(analyses)
    circle = "of videos (mean score of their frames); circle: threshold in use"
    figures = [
        writer.figure("roc", roc_panels(curves, f"ROC {circle}\n{title}")),
        writer.figure("det", det_panels(curves, f"DET {circle}; rates below 0.1 % are at the edge\n{title}")),
        writer.figure("scores", histogram_panels(curves, f"Scores of videos (mean of their frames)\n{title}")),
    ]
    return Section("Curves and scores of each domain", figures=figures)


def _gap(analyses: Sequence[RunAnalysis], writer: _Writer) -> Section:
    metrics = {found.label: found.metrics for found in analyses}
    heads = ["training", "domain", "videos", "trained on", "HTER", "95 %", "HTER, threshold in use", "AUC", "95 %"]
    names = short_names(list(metrics))
    rows = [
        (
            names[own.run],
            own.domain,
            str(own.videos),
            f"{own.trained} of {own.listed}",
            f"{own.hter:.2f}",
            "{:.2f} to {:.2f}".format(*own.hter_interval),
            f"{own.hter_in_use:.2f}",
            f"{own.auc:.2f}",
            "{:.2f} to {:.2f}".format(*own.auc_interval),
        )
        for of_run in metrics.values()
        for own in of_run
    ]
    sentences = [
        "HTER is at a threshold that is fitted on the domain itself, AUC needs none; both in percent. Intervals: bootstrap "
        "over videos. The test list of a source can contain videos that were trained on, as those of M, C, I and O do: then "
        "its value is a training error, and only held-out videos (dev, of a training with --holdout) show what happens inside "
        "of a domain."
    ]
    for label, of_run in metrics.items():
        gap = gap_of(of_run)
        if gap["HTER"] is not None:
            sentences.append(
                f"{names[label]}: the target has {gap['HTER']:+.2f} points of HTER and {-gap['AUC']:+.2f} of AUC against the "
                "sources."
            )
    title = f"Domains that trained, and the target (shaded)\n{_common_title(analyses)}"
    tables = [dict(heads=heads, rows=rows)]
    return Section("Intra-domain and cross-domain", sentences, tables, [writer.figure("gap", gap_figure(metrics, title))])


def _sentences(found: RunAnalysis) -> list[str]:
    synthetic = [SYNTHETIC] if found.run.is_synthetic else []
    return [*synthetic, f"{'; '.join(found.title.splitlines())}. {found.used} {found.draws}", *found.notes]


def _title(found: RunAnalysis) -> str:
    return f"{found.title}\n{found.used}"


def _common_title(analyses: Sequence[RunAnalysis]) -> str:
    """The titles of all trainings, one line each, and what is the same only once."""
    lines = [found.run.title.splitlines()[0] for found in analyses[:4]]
    rules = dict.fromkeys(line for found in analyses for line in found.run.title.splitlines()[1:])
    more = [f"and {len(analyses) - 4} more trainings"] if len(analyses) > 4 else []
    values = ", ".join(f"{found.in_use[found.target.name].metrics.threshold:.4f}" for found in analyses)
    origins = "; ".join(dict.fromkeys(found.threshold.partition(": ")[2] for found in analyses))
    names = short_names([found.label for found in analyses])
    used = list(dict.fromkeys(found.used for found in analyses))
    if len(used) > 1:
        used = [f"{found.used.rstrip('.')} ({names[found.label]})." for found in analyses[:4]]
    samples = dict.fromkeys([*used, *(found.draws for found in analyses)])
    return "\n".join([*lines, *more, *rules, f"threshold in use {values}: {origins}", " ".join(samples)])
