# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
from mmengine.dataset import DefaultSampler
from mmpretrain.registry import METRICS
from mmpretrain.structures import DataSample

from flip_mm.evaluation import FASMetric


def sample(path: str, video: str, label: int, score: float, **more) -> dict:
    fields = dict(img_path=path, video_id=video, role="target") | more
    data = DataSample(metainfo={k: v for k, v in fields.items() if v is not None})
    return data.set_gt_label(label).set_pred_score(torch.tensor([1 - score, score])).to_dict()


def evaluate(samples: list[dict], **kwargs) -> tuple[FASMetric, dict]:
    metric = METRICS.build(dict(type="FASMetric", **kwargs))
    metric.process({}, samples)
    return metric, metric.evaluate(len(samples))


FRAMES = [
    sample("a0", "a", 1, 0.75),
    sample("a1", "a", 1, 0.25),
    sample("b0", "b", 1, 1.0),
    sample("c0", "c", 0, 0.625),
    sample("d0", "d", 0, 0.0),
]


def test_figures_over_videos():
    metric, figures = evaluate(FRAMES, threshold=0.5)
    assert metric.scores["target"].scores.tolist() == [0.5, 1, 0.625, 0]
    assert figures == {
        "target/HTER": 25,
        "target/EER": 50,
        "target/AUC": 75,
        "target/TPR@FPR=1%": 50,
        "target/ACC": 75,
        "target/threshold": 0.5,
    }


def test_padded_frames_count_once():
    assert evaluate([*FRAMES, FRAMES[0], FRAMES[0]])[1] == evaluate(FRAMES)[1]


def test_the_rule_stands_beside_the_figures():
    assert "fitted on these very scores" in evaluate(FRAMES)[0].describe("target")
    assert "fixed at 0.5; 2 real and 2 spoof videos" in evaluate(FRAMES, threshold=0.5)[0].describe("target")


def test_an_image_of_two_roles_counts_in_both():
    both = evaluate(FRAMES + [frame | dict(role="dev") for frame in FRAMES])[1]
    assert both["dev/HTER"] == both["target/HTER"]


def test_roles_are_reported_apart():
    other = [sample("e0", "e", 1, 0.1, role="dev"), sample("f0", "f", 0, 0.2, role="dev")]
    figures = evaluate(FRAMES + other)[1]
    assert (figures["target/AUC"], figures["dev/AUC"]) == (75, 0)


@pytest.mark.parametrize(("frames", "world"), [(FRAMES, 2), (FRAMES, 4), (FRAMES[1:4], 4)])
def test_figures_of_several_processes_are_those_of_one(processes, frames, world):
    def run(rank):
        metric = METRICS.build(dict(type="FASMetric"))
        own = [frames[index] for index in DefaultSampler(frames, shuffle=False)]
        metric.process({}, own)
        return metric.evaluate(len(frames))

    assert processes(world, run) == [evaluate(frames)[1]] * world


@pytest.mark.parametrize("threshold", ["eer", -0.1, 1.5, float("nan"), True, None])
def test_bad_threshold(threshold):
    with pytest.raises(ValueError, match=r"threshold must be 'paper' or a number in 0..1.1"):
        FASMetric(threshold=threshold)


def test_bad_samples():
    with pytest.raises(KeyError, match=r"video_id.*meta_keys"):
        evaluate([sample("a", None, 1, 0.5)])
    with pytest.raises(ValueError, match="Only one class"):
        evaluate(FRAMES[:3])
    with pytest.raises(ValueError, match="NaN"):
        evaluate([sample("x", "x", 1, float("nan")), *FRAMES])
    with pytest.raises(ValueError, match="both classes"):
        evaluate([*FRAMES, sample("a2", "a", 0, 0.5)])


def test_unknown_key():
    with pytest.raises(TypeError, match="treshold"):
        METRICS.build(dict(type="FASMetric", treshold=0.5))
