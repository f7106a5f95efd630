# SPDX-License-Identifier: Apache-2.0
"""Every kind of detector gives the same scores."""

import numpy as np
import pytest

from flip_mm.faces.face import Face
from flip_mm.qualify.open_subject import open_subject
from flip_mm.qualify.subject import probabilities

RED = 40 / 255


def p_live(crops):
    """The graph of the fixture, as a Python callable."""
    return 1 / (1 + np.exp(-RED * (crops[..., 0].mean((1, 2)) - 0.53 * 255)))


def two(crops):
    live = p_live(crops)
    return np.stack([1 - live, live], 1)


def fails(crops):
    raise KeyError("weights")


def nothing(crops):
    return None


def one_number(crops):
    return 0.5


def too_many(crops):
    return np.zeros(len(crops) + 1)


def nan(crops):
    return np.full(len(crops), np.nan)


def words(crops):
    return ["live"] * len(crops)


def logits(crops):
    return np.stack([p_live(crops), 3 * np.ones(len(crops))], 1)


NUMBER = 3


@pytest.fixture
def views():
    rng = np.random.default_rng(1)
    return [(rng.integers(0, 256, (30, 20, 3)).astype(np.uint8), None) for _ in range(5)]


@pytest.fixture
def expected(graph, describe, views):
    return open_subject(str(graph()), describe()).p_live(views)


def test_the_graph_computes_what_it_says(graph, describe, expected):
    crop = np.full((4, 4, 3), (140, 0, 0), np.uint8)
    found = open_subject(str(graph()), describe()).p_live([(crop, None)])
    assert found == pytest.approx(1 / (1 + np.exp(-40 * (140 / 255 - 0.53))), abs=1e-5)
    assert expected.std() > 0.01


@pytest.mark.parametrize(
    ("graph_options", "changes"),
    [
        (dict(batch=1), {}),
        (dict(batch=2), {}),
        (dict(layout="NHWC"), dict(layout="NHWC")),
        (dict(swapped=True), dict(live=0)),
        (dict(softmax=0), dict(softmax=False)),
    ],
)
def test_other_graphs_give_the_same_scores(graph, describe, views, expected, graph_options, changes):
    found = open_subject(str(graph(**graph_options)), describe(**changes)).p_live(views)
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_graph_that_takes_bytes(graph, describe, views):
    from onnx import TensorProto

    subject = open_subject(str(graph(dtype=TensorProto.UINT8)), describe(std=[1, 1, 1]))
    # The pixels are not divided by 255 in this graph, so red is never below 0.53.
    assert subject.p_live(views) == pytest.approx(1)


@pytest.mark.parametrize("name", ["p_live", "two"])
def test_a_callable_gives_the_same_scores(describe, views, expected, name):
    found = open_subject(f"{__name__}:{name}", describe(colour=None, mean=None, std=None)).p_live(views)
    assert found == pytest.approx(expected, abs=1e-5)


def test_a_callable_without_a_description_gets_whole_pictures(views):
    subject = open_subject(f"{__name__}:p_live")
    assert subject.p_live(views) == pytest.approx(np.concatenate([p_live(image[None]) for image, _ in views]))


def test_the_description_beside_the_file_is_found(graph, describe, views, expected):
    path = graph()
    path.with_suffix(".yaml").write_text(describe().read_text())
    assert open_subject(str(path)).p_live(views) == pytest.approx(expected)


def test_the_described_crop_is_used(graph, describe):
    image = np.zeros((60, 60, 3), np.uint8)
    image[20:40, 20:40, 0] = 255
    face = Face((20, 20, 40, 40))
    subject = open_subject(str(graph()), describe(crop="shifted", scale=1.0))
    assert subject.p_live([(image, face)]) == pytest.approx(1, abs=1e-3)
    wide = open_subject(str(graph()), describe(crop="shifted", scale=3.0))
    assert wide.p_live([(image, face)]) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fails", "failed: KeyError: 'weights'"),
        ("nothing", r"returned an array of shape \(\) for 5 pictures"),
        ("one_number", r"returned an array of shape \(\) for 5 pictures"),
        ("too_many", r"returned an array of shape \(6,\) for 5 pictures: it must be \(N,\) or \(N, K\)"),
        ("nan", "returned 5 values that are NaN or infinite"),
        ("words", "returned list, not an array of numbers"),
        ("logits", r"which are no probabilities: its description must say `softmax: false`"),
        ("absent", "cannot be imported: module .* has no attribute 'absent'"),
        ("NUMBER", "is int, which cannot be called"),
    ],
)
def test_callables_that_do_not_work(describe, views, name, message):
    with pytest.raises((ValueError, RuntimeError), match=message):
        open_subject(f"{__name__}:{name}", describe(colour=None, mean=None, std=None)).p_live(views)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(size=32), r"has shape \['N', 3, 16, 16\], and its description says \[3, 32, 32\] after the number"),
        (dict(layout="NHWC"), "correct `size` or `layout`"),
        (dict(inputs=[{}, {}]), "has 1 inputs, its description has 2"),
        (dict(output="probs"), "has no output 'probs': `output` must be out1"),
        (dict(live=2), "has 2 outputs, so `live: 2` is none of them"),
    ],
)
def test_a_description_that_contradicts_the_graph(graph, describe, views, changes, message):
    with pytest.raises(ValueError, match=message):
        open_subject(str(graph()), describe(**changes)).p_live(views)


def test_files_that_are_no_detector(tmp_path, graph, describe):
    (tmp_path / "text.onnx").write_text("hello")
    with pytest.raises(ValueError, match="it is no ONNX file"):
        open_subject(str(tmp_path / "text.onnx"), describe())
    with pytest.raises(FileNotFoundError, match="There is no model file"):
        open_subject(str(tmp_path / "absent.onnx"), describe())
    with pytest.raises(FileNotFoundError, match=r"describe them in '\d+.yaml' beside it"):
        open_subject(str(graph()))


@pytest.mark.parametrize(
    ("raw", "live", "softmax", "expected"),
    [
        ([[0.3]], 1, True, 0.3),
        ([[0.3]], 0, True, 0.7),
        ([[0.0]], 1, False, 0.5),
        ([[1000.0]], 1, False, 1.0),
        ([[-1000.0]], 1, False, 0.0),
        ([[0.2, 0.5, 0.3]], 2, True, 0.3),
        ([[1000.0, 1000.0]], 0, False, 0.5),
    ],
)
def test_probabilities(raw, live, softmax, expected):
    assert probabilities(np.array(raw), live, softmax)[0] == pytest.approx(expected)
