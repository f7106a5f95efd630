# SPDX-License-Identifier: Apache-2.0
"""Everything that is computed of one training, before anything is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from flip_mm.evaluation import EvaluationOptions, Report, ScoreTable, make_reports
from flip_mm.evaluation.options import PAPER
from flip_mm.evaluation.roles import DEV, TARGET

from .domain_images import DomainImages, ScoredImages, domain_images, score
from .embedding_map import embed_in_plane
from .face_sheets import Face, attention_faces
from .gap import DomainMetrics, domain_metrics
from .network import TrainedNetwork
from .run_folder import RunFolder
from .score_files import stored_scores
from .separation import Separation, separation


@dataclass(frozen=True)
class AnalysisOptions:
    """What is analysed.

    Attributes:
        images: Images of each domain and class that are drawn, in whole videos.
        seed: Of all draws and of t-SNE.
        threshold: ``'paper'`` fits it on the target, ``'dev'`` on held-out source videos; or a number.
        device: ``'cpu'``, ``'cuda'`` ...
    """

    images: int = 200
    seed: int = 0
    threshold: str | float = PAPER
    device: str = "cpu"


@dataclass(frozen=True)
class RunAnalysis:
    """What was found out about a training.

    Attributes:
        run: Its work dir.
        label: Its short name.
        stem: Beginning of its file names.
        target: The target.
        scored: Drawn images of each domain, the target first.
        own: Domain -> metrics at a threshold that is fitted on it.
        in_use: Domain -> metrics at the threshold in use.
        threshold: Description of the threshold in use.
        faces: Target faces with maps.
        separation: Numbers about the embeddings.
        points: (N, 2) t-SNE coordinates of the images of ``embedded``.
        embedded: Indices into ``scored`` of the domains with embeddings in ``points``.
        metrics: Of each domain.
        used: Which scores of the target are used.
        draws: Which images were drawn.
        notes: Further sentences on the data.
    """

    run: RunFolder
    label: str
    stem: str
    target: DomainImages
    scored: list[ScoredImages]
    own: dict[str, Report]
    in_use: dict[str, Report]
    threshold: str
    faces: list[Face]
    separation: list[Separation]
    points: np.ndarray
    embedded: list[int]
    metrics: list[DomainMetrics]
    used: str
    draws: str
    notes: list[str]

    @property
    def title(self) -> str:
        """Method, run, seed, checkpoint, selection rule and threshold."""
        return f"{self.run.title}\n{self.threshold}"


def analyse_run(
    run: RunFolder, label: str, stem: str, options: AnalysisOptions, say: Callable[[str], None] = print
) -> RunAnalysis:
    """Analyse a training.

    Args:
        run: Its work dir.
        label: Its short name.
        stem: Beginning of its file names.
        options: What is analysed.
        say: Called with a line before each long step.

    Raises:
        OSError: The data root, a list or an image is missing.
        ValueError: The checkpoint does not fit, the threshold needs held-out videos that there are not, or a class is missing.
    """
    found, notes = domain_images(run)
    if options.threshold == DEV and not any(images.role == DEV for images in found):
        raise ValueError(f"'{run.folder}': --threshold dev needs held-out source videos, and it trained with holdout 0.")
    network, scored = TrainedNetwork(run, options.device), []
    for images in found:
        say(f"{label}: scores of {images.name}")
        scored.append(score(images, network, options.images, options.seed))
    stored, used = stored_scores(run, scored[0])
    tables = {own.images.name: own.frames for own in scored}
    if stored is not None:
        tables[scored[0].images.name] = stored
    drawn = [
        f"{own.images.name} {len(own.frames)} of {own.images.rows.size}"
        for own in scored
        if len(own.frames) < own.images.rows.size
    ]
    draws = "Embeddings and scores of all test images."
    if drawn:
        draws = (
            f"Embeddings, and scores without a score file, of drawn images (whole videos, up to {options.images} of each "
            f"domain and class, seed {options.seed}): {', '.join(drawn)}."
        )
    own = {name: _report(name, table, EvaluationOptions(PAPER), run) for name, table in tables.items()}
    value, words = find_threshold(options.threshold, scored, tables, own)
    in_use = {name: _report(name, table, EvaluationOptions(value), run) for name, table in tables.items()}
    say(f"{label}: maps, t-SNE and probes")
    # Held-out videos are images of the same sources.
    embedded = [number for number, part in enumerate(scored) if part.images.role != DEV]
    parts = [scored[number] for number in embedded]
    embeddings = np.concatenate([part.embeddings for part in parts])
    domains = [part.images.name for part in parts for _ in range(len(part.frames))]
    videos = [f"{part.images.name}/{video}" for part in parts for video in part.frames.videos.tolist()]
    labels = np.concatenate([part.frames.label for part in parts])
    target = scored[0].images
    return RunAnalysis(
        run,
        label,
        stem,
        target,
        scored,
        own,
        in_use,
        words,
        attention_faces(in_use[target.name], target, network, options.seed),
        separation(embeddings, domains, labels, videos, options.seed),
        embed_in_plane(embeddings, options.seed),
        embedded,
        [domain_metrics(label, part.images, own[part.images.name], in_use[part.images.name]) for part in scored],
        used,
        draws,
        notes,
    )


def find_threshold(
    rule: str | float, scored: list[ScoredImages], tables: dict[str, ScoreTable], own: dict[str, Report]
) -> tuple[float, str]:
    """Return the threshold in use, and one line about it.

    Args:
        rule: See :class:`AnalysisOptions`.
        scored: The domains, the target first.
        tables: Scores of each domain.
        own: Metrics of each domain at a threshold that is fitted on it.
    """
    if rule == DEV:
        names = [part.images.name for part in scored if part.images.role == DEV]
        rows = [row for name in names for row in tables[name].rows()]
        report = make_reports({DEV: ScoreTable.from_frames(rows)}, EvaluationOptions(PAPER))[DEV]
        value, words = report.metrics.threshold, "fitted on held-out source videos ('dev', eer)"
    elif rule == PAPER:
        value, words = own[scored[0].images.name].metrics.threshold, "fitted on the target itself ('paper', oracle, optimistic)"
    else:
        value, words = float(rule), "given on the command line"
    return value, f"threshold in use {value:.4f}: {words}"


def _report(name: str, table: ScoreTable, options: EvaluationOptions, run: RunFolder) -> Report:
    try:
        return make_reports({TARGET: table}, options, run.provenance)[TARGET]
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
