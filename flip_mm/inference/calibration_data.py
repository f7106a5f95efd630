# SPDX-License-Identifier: Apache-2.0
"""The data of a calibration: scores of a folder, and whether a training has seen them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from flip_mm.datasets.labelled_folder import LabelledFile, folder_hash, read_labelled_folder
from flip_mm.evaluation.own_record import difference
from flip_mm.evaluation.provenance import Provenance
from flip_mm.evaluation.record_fields import check_record
from flip_mm.evaluation.score_file import read_score_file
from flip_mm.evaluation.score_table import ScoreTable
from flip_mm.evaluation.selection import EARLIER_NAMES, RULES
from flip_mm.evaluation.temperature import calibrated, log_odds
from flip_mm.utils.files import read_bytes
from flip_mm.utils.text import safe_line

from .model_card import ModelCard
from .result import Result


class CalibrationData(NamedTuple):
    """Scores at temperature 1, their description for a model card, and warnings."""

    frames: ScoreTable
    description: dict[str, Any]
    warnings: list[str]


class Predicts(Protocol):
    """The part of a :class:`~flip_mm.inference.detector.Detector` that a calibration needs."""

    card: ModelCard

    def predict(self, source: Sequence[str]) -> list[Result]:
        """Return a result for each picture, and for each frame of a recording."""


def folder_scores(detector: Predicts, files: Sequence[LabelledFile], domain: str) -> tuple[ScoreTable, dict[str, int]]:
    """Let a model predict the files of a folder.

    Args:
        detector: The model.
        files: Pictures and recordings.
        domain: Name of the camera or folder.

    Returns:
        The scores of all frames at temperature 1, and reason -> number of the frames that have none.

    Raises:
        ValueError: No frame of a class has a score.
    """
    known = {str(file.path): file for file in files}
    rows, scores, missing, seen = [], [], Counter(), Counter()
    for result in detector.predict(list(known)):
        file = known[result.source]
        if result.p_real is None:
            missing[result.reasons[0].code if result.reasons else result.state] += 1
            continue
        scores.append(result.p_real)
        seen[file.name] += 1
        name = file.name if seen[file.name] == 1 else f"{file.name}#{seen[file.name]}"
        rows.append((name, file.video, "", domain, file.attack_type, file.label, 0.5))
    for label, name in ((1, "real"), (0, "spoof")):
        if not any(row[5] == label for row in rows):
            reasons = ", ".join(f"{reason} {count}" for reason, count in missing.items())
            raise ValueError(f"No picture in {name}/ could be checked ({reasons}): give pictures with a face.")
    table = ScoreTable.from_frames(rows)
    # The model may have a temperature already.
    odds = log_odds(np.array(scores), np.inf)[0] * detector.card.temperature
    return table.with_scores(calibrated(odds, 1.0)), dict(missing)


def read_calibration_data(model: str | Path, card: ModelCard, data: str | Path, faces: str | None = None) -> CalibrationData:
    """Read scores, or let the model predict a folder.

    Args:
        model: The model file.
        card: Its card.
        data: A score file of the model at temperature 1, or a folder with ``real/`` and ``spoof/``, see
            :func:`~flip_mm.datasets.labelled_folder.read_labelled_folder`.
        faces: For a folder: name of a face detector, or ``'given'``; None uses what the card says.

    Raises:
        OSError: A file cannot be read.
        ValueError: A file is wrong, ``faces`` is given for a score file, or the model has seen the data.
    """
    path = Path(data)
    if path.is_dir():
        return _of_folder(model, card, path, faces)
    if faces:
        raise ValueError("--faces is for a folder: a score file has scores already.")
    content = read_score_file(path)
    known = content.provenance
    found = dict(kind="scores", name=safe_line(path.name), sha256=hashlib.sha256(read_bytes(path)).hexdigest())
    found |= dict(frames=len(content.frames)) | (dict(origin=known.origin) if known else {})
    domains = set(content.frames.texts("domain").tolist())
    return CalibrationData(content.frames, found, [*check_model(card, known), *check_unseen(card, domains, known)])


def check_model(card: ModelCard, known: Provenance | None) -> list[str]:
    """Check that scores are of the model of a card.

    Args:
        card: The model card.
        known: Provenance of the scores; None if unknown.

    Returns:
        Warnings.

    Raises:
        ValueError: The scores are of another training, or another checkpoint of it.
    """
    if known is None:
        return ["The scores do not say which model they are of: make sure that it is this one."]
    record = _record(card)
    if record.get("run") and (problem := difference(record, known) or _other_iteration(record, known)):
        raise ValueError(f"The scores are of another model than the model file: {problem}. Use scores of this model.")
    return []


def check_unseen(card: ModelCard, domains: Collection[str], known: Provenance | None = None) -> list[str]:
    """Compare calibration data with the training in a model card.

    Args:
        card: The model card.
        domains: Domains of the data.
        known: Provenance of the scores; None if unknown.

    Returns:
        Warnings.

    Raises:
        ValueError: The training trained on one of the domains, and held no videos of it out.
    """
    record = _record(card)
    run = record.get("run") or {}
    if not run:
        return ["The model file does not say which videos trained the model: make sure that none of these did."]
    warnings = []
    trained = {*run.get("sources", ()), *run.get("aux", ())}
    if seen := sorted(trained & set(domains)):
        names = ", ".join(seen)
        if not run.get("holdout") and run.get("target") not in seen:
            raise ValueError(
                f"The model was trained on {names}: its scores of these videos are better than those of others, and a "
                "threshold fitted on them lets too many attacks pass. Use other videos; if these are others, give them another "
                "domain."
            )
        warnings.append(f"The model was trained on {names}: only its held-out videos may be among these.")
    if run.get("target") in domains:
        if run.get("shots") or run.get("unlabelled"):
            warnings.append(f"Images of {run['target']} were in the training: only others may be among these.")
        name = (record.get("checkpoint") or {}).get("selection") or ""
        chosen = RULES.get(EARLIER_NAMES.get(name, name))
        if (chosen and chosen.uses_target) or (known and known.is_oracle):
            warnings.append(f"The checkpoint was chosen on {run['target']}: its error rates on these videos are optimistic.")
    return warnings


def _of_folder(model: str | Path, card: ModelCard, folder: Path, faces: str | None) -> CalibrationData:
    # Imports OpenCV and the runtime, which scores do not need.
    from .detector import Detector

    name = safe_line(folder.resolve().name)
    files = read_labelled_folder(folder)
    frames, missing = folder_scores(Detector(model, faces), files, name)
    found = dict(kind="folder", name=name, sha256=folder_hash(files), files=len(files), frames=len(frames))
    found |= dict(not_checked=missing, faces=faces or card.faces.get("detector"))
    warnings = check_unseen(card, ())
    if missing:
        reasons = ", ".join(f"{reason} {count}" for reason, count in missing.items())
        count = sum(missing.values())
        warnings.append(f"{count} of {count + len(frames)} pictures were not checked and have no scores ({reasons}).")
    return CalibrationData(frames, found, warnings)


def _other_iteration(record: Mapping[str, Any], known: Provenance) -> str:
    iteration = (record.get("checkpoint") or {}).get("iteration")
    if None in (iteration, known.iteration) or iteration == known.iteration:
        return ""
    return f"it is of iteration {iteration}, and the scores of {known.iteration}"


def _record(card: ModelCard) -> Mapping[str, Any]:
    """The record of the training; empty if it is none that can be read."""
    try:
        check_record(card.training)
    except ValueError:
        return {}
    run = card.training.get("run") or {}
    return card.training if all(isinstance(run.get(name, []), list) for name in ("sources", "aux")) else {}
