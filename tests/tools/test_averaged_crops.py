# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import numpy as np
import pytest


@pytest.fixture
def brightness(load_tool, monkeypatch):
    """Replaces the model by one whose score is the brightness of the upper half of a crop."""
    card = pytest.importorskip("flip_mm.inference.model_card")
    spec = card.InputSpec((32, 32), (0.0,) * 3, (1.0,) * 3)

    def runtime(crops):
        scores = np.asarray(crops[0], float)[:, :16].mean((1, 2, 3)) / 255
        return SimpleNamespace(p_real=lambda: scores)

    runtime.card = SimpleNamespace(inputs=(spec,))
    tool = load_tool("benchmarks/averaged_crops.py")
    monkeypatch.setattr(tool, "open_runtime", lambda *arguments: runtime)
    return tool


def test_every_change_is_scored(brightness, mcio, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["averaged_crops.py", "any", "--data-root", str(mcio), "--target", "M"])
    brightness.main()
    title, head, *lines = capsys.readouterr().out.splitlines()
    assert title.endswith(" videos, p1, target M")
    assert head.split() == ["change", "AUC", "HTER", "APCER", "BPCER", "flips", "change"]
    rows = {line[:24].strip(): [float(cell) for cell in line[24:].split()] for line in lines}
    assert len(rows) == 7 + 8 + 4 + 4 + 4 * 2
    assert rows["scale 1.0"] == rows["mean of 1"]
    # AUC, HTER, APCER, BPCER of videos; flips and changes of images.
    _, hter, apcer, bpcer, flips, change = rows["scale 1.0"]
    assert (flips, change) == (0, 0)
    assert hter == pytest.approx((apcer + bpcer) / 2, abs=0.1)
    assert rows["shift +0.0, +0.15"][-1] > 0.01
    assert rows["JPEG 95"][-1] < 0.01


def test_crops_are_moved_and_compressed(brightness):
    tool = brightness
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    (same,) = tool.crops_of([tool.Move()], image)
    np.testing.assert_array_equal(same, image)
    first, again = (tool.drawn_crops(np.random.default_rng(1), 3, image) for _ in range(2))
    assert len(first) == 3
    np.testing.assert_array_equal(first, again)
    (low,), (high,) = tool.compress(10, image), tool.compress(100, image)
    assert np.abs(high.astype(int) - image).mean() < np.abs(low.astype(int) - image).mean()
