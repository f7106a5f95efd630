"""Silhouettes and probes of constructed embeddings, and draws of whole videos."""

import numpy as np
import pytest

from flip_mm.analysis.draws import draw_videos
from flip_mm.analysis.embedding_map import embed_in_plane
from flip_mm.analysis.separation import DOMAIN_PROBE, separation

FRAMES = 3


def make(videos, embed):
    """Embeddings, domains, labels and videos of 3 domains; embed(domain number, label, video number) -> vector."""
    rows = [(domain, label, video) for domain in range(3) for label in (0, 1) for video in range(videos)]
    rows = [row for row in rows for _ in range(FRAMES)]
    embeddings = np.stack([embed(*row) for row in rows])
    names = [f"{domain}/{label}/{video}" for domain, label, video in rows]
    return embeddings, ["ABC"[domain] for domain, _, _ in rows], [label for _, label, _ in rows], names


def values(*given):
    return {own.name: own.value for own in separation(*given)}


def test_labels_without_domains():
    found = values(*make(5, lambda domain, label, video: np.array([label, 1.0 - label])))
    assert found["silhouette by label"] == 1
    assert found["silhouette by domain"] < 0.01
    assert found[DOMAIN_PROBE] < 0.4
    assert [found[f"label probe on {name}, balanced accuracy"] for name in "ABC"] == [1, 1, 1]


def test_domains_without_labels():
    found = values(*make(5, lambda domain, label, video: np.eye(3)[domain]))
    assert found["silhouette by domain"] == found["silhouette by domain, real images"] == 1
    assert found[DOMAIN_PROBE] == 1
    assert [found[f"label probe on {name}, balanced accuracy"] for name in "ABC"] == [0.5, 0.5, 0.5]


def test_a_probe_that_only_knows_videos_is_at_chance():
    vectors = np.random.default_rng(0).normal(size=(3, 2, 20, 8))
    found = {own.name: own for own in separation(*make(20, lambda domain, label, video: vectors[domain, label, video]))}
    # All frames of a video are equal: folds without regard to videos would give 1.
    assert found[DOMAIN_PROBE].value < 0.5
    assert found[DOMAIN_PROBE].chance == pytest.approx(1 / 3)


def test_the_label_of_one_domain_is_reversed():
    found = values(*make(5, lambda domain, label, video: np.array([label if domain else 1.0 - label, 0.0])))
    assert found["label probe on A, balanced accuracy"] == 0


def test_what_cannot_be_computed_has_a_reason():
    given = make(1, lambda domain, label, video: np.array([label, 0.0]))
    alone = [np.array(part)[: 2 * FRAMES] for part in given]
    found = {own.name: own for own in separation(*alone)}
    assert found[DOMAIN_PROBE].value is None
    assert found[DOMAIN_PROBE].note == "needs two domains of two videos each"
    assert found["silhouette by domain"].value is None
    assert found["label probe on A, balanced accuracy"].note == "needs both classes here and in another domain"


def test_t_sne_is_the_same_again():
    points = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)
    assert (embed_in_plane(points, 3) == embed_in_plane(points, 3)).all()


@pytest.mark.parametrize(("most", "expected"), [(1, {0: 3, 1: 3}), (6, {0: 6, 1: 6}), (8, {0: 6, 1: 6}), (99, {0: 30, 1: 15})])
def test_draws_take_whole_videos_of_each_class(most, expected):
    labels = [0] * 30 + [1] * 15
    videos = [f"{label}/{number // 3}" for number, label in enumerate(labels)]
    drawn = draw_videos(videos, labels, most)
    assert {label: sum(labels[row] == label for row in drawn) for label in (0, 1)} == expected
    chosen = {videos[row] for row in drawn}
    assert [row for row, video in enumerate(videos) if video in chosen] == drawn.tolist()
    assert (draw_videos(videos, labels, most) == drawn).all()
    assert most > 8 or (draw_videos(videos, labels, most, seed=1).tolist() != drawn.tolist())
