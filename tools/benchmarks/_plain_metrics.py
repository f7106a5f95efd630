# SPDX-License-Identifier: Apache-2.0
"""Metrics, score files and intervals as the released code computes them, or as one writes them first."""

from __future__ import annotations

import csv
import pickle
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score, roc_curve

THRESHOLDS = [i / 10000 for i in range(10001)] + [1.1]


def released_metrics(scores: np.ndarray, labels: np.ndarray) -> tuple[float, float, float]:
    """Return HTER, AUC and TPR@FPR=1% by a loop over the thresholds, with all four counts at each, as the release does."""
    smallest, hter = np.inf, np.nan
    for threshold in THRESHOLDS:
        accepted = scores >= threshold
        tn, fn = np.sum((labels == 0) & ~accepted), np.sum((labels == 1) & ~accepted)
        fp, tp = np.sum((labels == 0) & accepted), np.sum((labels == 1) & accepted)
        far, frr = fp / (fp + tn), fn / (fn + tp)
        if abs(frr - far) <= smallest:
            smallest, hter = abs(frr - far), (far + frr) / 2
    return hter, *ranking_metrics(scores, labels)


def ranking_metrics(scores: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Return AUC and TPR@FPR=1% by scikit-learn."""
    fpr, tpr, _ = roc_curve(labels, scores)
    return roc_auc_score(labels, scores), tpr[fpr <= 0.01].max()


def sorted_metrics(scores: np.ndarray, labels: np.ndarray) -> tuple[float, float, float]:
    """Return the same three metrics with a search of the thresholds in sorted scores."""
    spoof, real = np.sort(scores[labels == 0]), np.sort(scores[labels == 1])
    far = 1 - np.searchsorted(spoof, THRESHOLDS) / spoof.size
    frr = np.searchsorted(real, THRESHOLDS) / real.size
    place = np.flatnonzero(np.abs(frr - far) == np.abs(frr - far).min())[-1]
    return (far[place] + frr[place]) / 2, *ranking_metrics(scores, labels)


def bootstrap(scores: np.ndarray, labels: np.ndarray, resamples: int) -> np.ndarray:
    """Return 95 % intervals (3, 2); every resample is evaluated from its rows."""
    rng = np.random.default_rng(0)
    classes = [np.flatnonzero(labels == label) for label in (0, 1)]
    found = []
    for _ in range(resamples):
        rows = np.concatenate([rng.choice(rows, rows.size) for rows in classes])
        found.append(sorted_metrics(scores[rows], labels[rows]))
    return np.quantile(np.array(found), [0.025, 0.975], axis=0).T


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and labels (V,) of the videos of a score file, without any check."""
    videos: dict[str, list[float]] = {}
    labels: dict[str, int] = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            videos.setdefault(row["video"], []).append(float(row["score"]))
            labels[row["video"]] = int(row["label"])
    return np.array([sum(scores) / len(scores) for scores in videos.values()]), np.array(list(labels.values()))


def write(header: list[str], rows: list[tuple], path: Path) -> None:
    """Write a score file."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def gather(parts: list[list[tuple]]) -> list[tuple]:
    """Pickle the rows of each process, and sort and filter those of all, as one process does after ``all_gather_object``."""
    rows = [row for part in parts for row in pickle.loads(pickle.dumps(part))]
    unique: dict[tuple[str, str], tuple] = {}
    for row in sorted(rows, key=lambda row: row[0]):
        unique.setdefault((row[3], row[4]), row)
    return list(unique.values())
