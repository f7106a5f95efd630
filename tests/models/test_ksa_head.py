# SPDX-License-Identifier: Apache-2.0
"""Kernel subspace alignment, local binary patterns in colour, and the training without gradient steps."""

import colorsys
import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.svm import SVC

from flip_mm.models import ColorLBP, KSAHead
from flip_mm.models.rgb_to_hsv import rgb_to_hsv

CONFIGS = Path(__file__).parents[2] / "configs"
NUMBER = itertools.count()


def features(seed, count, width=6):
    rs = np.random.RandomState(seed)
    values = torch.from_numpy(rs.standard_normal((count, width)) * np.arange(1, width + 1))
    return values + torch.arange(width), torch.from_numpy(rs.randint(0, 2, count))


def fitted(source, classes, target, **kwargs):
    head = KSAHead(source.shape[1], memory_size=100, **kwargs).double()
    return head, head.fit(source, classes, target)


def decision(head, x):
    logits = head((x,))
    torch.testing.assert_close(head.predict((x,))[0].pred_score[1], logits[0, 1].sigmoid())
    assert (logits[:, 0] == 0).all()
    return logits[:, 1]


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_equal_domains_need_no_alignment(kernel):
    source, classes = features(0, 30)
    _, spaces = fitted(source, classes, source, kernel=kernel)
    torch.testing.assert_close(spaces.alignment, torch.eye(len(spaces.alignment)).double(), rtol=0, atol=1e-6)


def test_the_linear_kernel_is_subspace_alignment():
    (source, classes), (target, _) = features(0, 30), features(1, 20)
    head, spaces = fitted(source, classes, target, kernel="linear", variance=0.9)
    s, t = (torch.nn.functional.normalize(x).numpy() for x in (source, target))
    count = len(spaces.alignment)
    p_s, p_t = (PCA(count).fit(x) for x in (s, t))
    assert p_s.explained_variance_ratio_[: count - 1].sum() < 0.9 <= p_s.explained_variance_ratio_.sum()
    aligned = p_s.transform(s) @ p_s.components_ @ p_t.components_.T
    machine = SVC(kernel="linear", C=1.0).fit(aligned, classes)
    wanted = machine.decision_function(p_t.transform(t))
    torch.testing.assert_close(decision(head, target), torch.from_numpy(wanted), rtol=0, atol=1e-3)


def test_duplicates_of_the_target_change_nothing():
    (source, classes), (target, _) = features(0, 30), features(1, 20)
    once, _ = fitted(source, classes, target)
    twice, _ = fitted(source, classes, torch.cat([target, target]))
    new, _ = features(2, 10)
    torch.testing.assert_close(decision(once, new), decision(twice, new), rtol=0, atol=1e-3)


def test_what_is_refused():
    with pytest.raises(ValueError, match="kernel='poly' must be"):
        KSAHead(2, kernel="poly")
    with pytest.raises(RuntimeError, match="not fitted"):
        KSAHead(2)((torch.zeros(1, 2),))
    with pytest.raises(ValueError, match="radii"):
        ColorLBP(radii=(0,))


def test_hsv_as_in_the_standard_library():
    rgb = np.random.RandomState(0).random_sample((50, 3))
    wanted = torch.tensor([colorsys.rgb_to_hsv(*pixel) for pixel in rgb])
    torch.testing.assert_close(rgb_to_hsv(torch.from_numpy(rgb)[:, :, None, None])[..., 0, 0], wanted.double())


def test_patterns_by_hand():
    image = torch.zeros(1, 3, 3, 3)
    image[:, :, 1, 1] = 1
    backbone = ColorLBP(radii=(1,))
    (found,) = backbone(image)
    assert found.shape == (1, 6 * 59) == (1, backbone.out_channels)
    # Saturation and hue are flat: all neighbours count, pattern 255. The bright centre: none, pattern 0.
    bins = found.reshape(6, 59).argmax(1)
    assert bins[[0, 1, 2, 3]].tolist() == [backbone.bins[255], backbone.bins[255], backbone.bins[0], backbone.bins[0]]
    (flat,) = backbone(torch.full((1, 3, 5, 5), 0.5))
    torch.testing.assert_close(flat.reshape(6, 59).sum(1), torch.ones(6))


@pytest.fixture
def train(run_tool, shrunk, shared_mcio, tmp_path, monkeypatch):
    """train(tool, work dir, *arguments): the demo config, made small."""
    monkeypatch.setattr("flip_mm.visualization.plot_report", lambda *_: [])

    def run(tool, work, *arguments):
        cfg = shrunk(CONFIGS / "ksa/ksa_like_demo.py")
        cfg.train_cfg.update(max_iters=2, val_interval=1)
        cfg.default_hooks.checkpoint.update(interval=1, max_keep_ckpts=-1)
        cfg.dump(tmp_path / "ksa.json")
        flags = ("--target", "O", "--data-root", shared_mcio, "--work-dir", tmp_path / work)
        run_tool(tool, tmp_path / "ksa.json", *arguments, *flags, "--cfg-options", f"experiment_name=ksa_{next(NUMBER)}")
        return tmp_path / work

    return run


def test_the_fit_is_in_the_checkpoint(train, monkeypatch):
    work = train("train.py", "work")
    first, last = (torch.load(work / f"iter_{number}.pth", weights_only=False)["state_dict"] for number in (1, 2))
    assert first["head.coefficients"].abs().sum() > 0
    assert all(torch.equal(first[name], last[name]) for name in first)
    (work / "iter_2.pth").unlink()
    (work / "last_checkpoint").write_text(str(work / "iter_1.pth"))
    # Neither a resumed training nor a test fits again.
    monkeypatch.setattr(KSAHead, "fit", lambda *_: pytest.fail("fitted again"))
    train("train.py", "work", "--resume")
    again = torch.load(work / "iter_2.pth", weights_only=False)["state_dict"]
    assert all(torch.equal(again[name], last[name]) for name in last)
    train("test.py", "test", work / "iter_2.pth")
