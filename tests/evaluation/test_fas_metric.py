# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch
from mmengine.dataset import DefaultSampler
from mmpretrain.registry import METRICS
from mmpretrain.structures import DataSample

from flip_mm.evaluation import FASMetric


def sample(index: int, path: str, video: str, label: int, score: float, **more) -> dict:
    attack = "bonafide" if label else "print"
    fields = dict(sample_idx=index, img_path=path, video_id=video, subject="1", domain="O", attack_type=attack, role="target")
    data = DataSample(metainfo={k: v for k, v in (fields | more).items() if v is not None})
    return data.set_gt_label(label).set_pred_score(torch.tensor([1 - score, score])).to_dict()


def evaluate(samples: list[dict], size: int | None = None, **kwargs) -> tuple[FASMetric, dict]:
    metric = METRICS.build(dict(type="FASMetric", **kwargs))
    metric.process({}, samples)
    return metric, metric.evaluate(len(samples) if size is None else size)


FRAMES = [
    sample(0, "a0", "a", 1, 0.75),
    sample(1, "a1", "a", 1, 0.25),
    sample(2, "b0", "b", 1, 1.0),
    sample(3, "c0", "c", 0, 0.625),
    sample(4, "d0", "d", 0, 0.0, attack_type="mask"),
]


def test_metrics_over_videos():
    metric, metrics = evaluate(FRAMES, threshold=0.5)
    assert metric.reports["target"].samples.score.tolist() == [0.5, 1, 0.625, 0]
    assert metrics == {
        "target/HTER": 25,
        "target/EER": 50,
        "target/AUC": 75,
        "target/TPR@FPR=1%": 50,
        "target/ACC": 75,
        "target/threshold": 0.5,
        "target/APCER_worst": 100,
        "target/BPCER": 0,
        "target/ACER": 50,
        "target/BPCER10": 50,
        "target/BPCER20": 50,
        "target/BPCER100": 50,
        "target/ECE": pytest.approx(100 * (0.5 + 0.625) / 4),
        # The most certain half has no error, the next quarter is wrong, the last one right.
        "target/AURC": pytest.approx(100 * (0.25 - 0.5 * np.log(1.5) + 0.25 * np.log(4 / 3))),
        "target/risk@95%": pytest.approx(100 * 0.25 / 0.95),
        "target/risk@90%": pytest.approx(100 * 0.25 / 0.9),
        "target/risk@80%": pytest.approx(100 * 0.25 / 0.8),
    }


def test_metrics_over_frames():
    metric, metrics = evaluate(FRAMES, threshold=0.5, level="frame")
    assert metric.reports["target"].samples.score.tolist() == [0.75, 0.25, 1, 0.625, 0]
    assert metrics["target/BPCER"] == pytest.approx(100 / 3)
    assert "3 real and 2 spoof frames" in metric.reports["target"].line()


def test_repeated_frames_count_once():
    again = [FRAMES[1], sample(0, "a0", "a", 1, 0.0)]
    assert evaluate([*FRAMES, *again], size=5)[1] == evaluate(FRAMES)[1]


def test_scores_are_summed_in_the_order_of_the_data_set():
    tiny = [sample(i, f"a{9 - i}", "a", 1, score) for i, score in enumerate((0.1, 0.2, 0.3, 0.7))]
    mixed = [FRAMES[3], *(tiny[i] for i in (3, 1, 0, 2))]
    found = evaluate(mixed)[0].reports["target"].samples
    assert found.video.tolist() == ["a", "c"]
    assert found.score[0] == sum(float(frame["pred_score"][1]) for frame in tiny) / 4
    assert evaluate(mixed)[0].frames["target"].file.tolist() == ["a9", "a8", "a7", "a6", "c0"]


def test_validations_do_not_share_scores():
    metric = METRICS.build(dict(type="FASMetric"))
    for scores in ((0.9, 0.1), (0.2, 0.8)):
        metric.process({}, [sample(i, f"f{i}", f"v{i}", label, scores[i]) for i, label in enumerate((1, 0))])
        metric.evaluate(2)
        assert metric.reports["target"].samples.score.tolist() == pytest.approx(scores)
    assert metric.reports["target"].metrics.auc == 0


def test_the_printed_line_names_the_threshold_rule():
    lines = [evaluate(FRAMES, **kwargs)[0].reports["target"].line() for kwargs in ({}, dict(threshold=0.5))]
    assert lines == [
        "target: HTER 50.00  EER 50.00  AUC 75.00  TPR@FPR=1% 50.00  ACC 50.00  at 0.6250, threshold fitted on the same "
        "scores ('paper', optimistic); 2 real and 2 spoof videos",
        "target: HTER 25.00  EER 50.00  AUC 75.00  TPR@FPR=1% 50.00  ACC 75.00  at 0.5000, threshold fixed at 0.5; 2 real and "
        "2 spoof videos",
    ]


def test_an_image_of_two_roles_counts_in_both():
    both = evaluate(FRAMES + [frame | dict(role="dev") for frame in FRAMES])[1]
    assert both["dev/HTER"] == both["target/HTER"]


DEV = [sample(5, "e0", "e", 1, 0.1, role="dev"), sample(6, "f0", "f", 0, 0.2, role="dev")]


def test_roles_are_reported_separately():
    metrics = evaluate(FRAMES + DEV)[1]
    assert (metrics["target/AUC"], metrics["dev/AUC"]) == (75, 0)


def test_deploy_applies_the_threshold_of_dev():
    metrics = evaluate(FRAMES + DEV, threshold="deploy", rule="bpcer=0", prefix="deploy")[1]
    assert metrics["deploy/dev/threshold"] == metrics["deploy/target/threshold"] == pytest.approx(0.1)
    assert (metrics["deploy/dev/BPCER"], metrics["deploy/target/APCER_worst"]) == (0, 100)
    with pytest.raises(ValueError, match="scores of target only: set run"):
        evaluate(FRAMES, threshold="deploy")


@pytest.mark.parametrize("threshold", ["eer", -0.1, 1.5, float("nan"), True, None])
def test_bad_threshold(threshold):
    with pytest.raises(ValueError, match=r"FASMetric: threshold must be 'paper', 'dev' or a number in 0..1.1"):
        FASMetric(threshold=threshold)


def test_bad_samples():
    with pytest.raises(KeyError, match=r"video_id.*meta_keys"):
        evaluate([sample(0, "a", None, 1, 0.5)])
    with pytest.raises(ValueError, match="Only one class"):
        evaluate(FRAMES[:3])
    with pytest.raises(ValueError, match="'x' has the score nan"):
        evaluate([sample(9, "x", "x", 1, float("nan")), *FRAMES])
    with pytest.raises(ValueError, match="both classes"):
        evaluate([*FRAMES, sample(9, "a2", "a", 0, 0.5)])
    with pytest.raises(ValueError, match="5 different frames, but the data set has 6"):
        evaluate(FRAMES, size=6)
    with pytest.raises(ValueError, match="the test list is empty"):
        evaluate([])


@pytest.mark.parametrize("key", ["treshold", "collect_device"])
def test_unknown_key(key):
    with pytest.raises(TypeError, match=key):
        METRICS.build(dict(type="FASMetric", **{key: "cpu"}))


def many() -> list[dict]:
    """23 frames of 8 videos in two roles. The sum of their scores depends on the order."""
    scores = torch.rand(23, generator=torch.Generator().manual_seed(0)).tolist()
    return [
        sample(i, f"ä/{i}", f"v{i % 8}", int(i % 8 < 3), score, role="dev" if i % 8 in (0, 7) else "target")
        for i, score in enumerate(scores)
    ]


def shards(world: int) -> dict[str, list[list[int]]]:
    """Ways to distribute 23 frames: as mmengine does, unevenly, all on the last process, backwards in blocks."""
    rows = list(range(23))
    uneven = [rows[: 23 - 3 * (world - 1)], *(rows[23 - 3 * n :][:3] for n in range(world - 1, 0, -1))]
    return dict(
        uneven=uneven,
        empty=[*([] for _ in range(world - 1)), rows],
        backwards=[rows[::-1][rank::world] for rank in range(world)],
    )


def evaluate_here(indices: list[int]) -> dict:
    samples = many()
    metric = FASMetric(threshold="deploy")
    for start in range(0, len(indices), 4):
        metric.process({}, [samples[i] for i in indices[start : start + 4]])
    metrics = metric.evaluate(len(samples))
    return dict(metrics=metrics, rows={role: list(table.rows()) for role, table in metric.frames.items()})


@pytest.mark.parametrize("world", [1, 2, 4])
def test_metrics_do_not_depend_on_the_number_of_processes(processes, world):
    def work(rank):
        cases = {name: parts[rank] for name, parts in shards(world).items()}
        cases["padded"] = list(DefaultSampler(many(), shuffle=False))
        return {name: evaluate_here(indices) for name, indices in cases.items()}

    want = evaluate_here(list(range(23)))
    assert set(want["rows"]) == {"dev", "target"}
    assert processes(world, work) == [dict.fromkeys(("uneven", "empty", "backwards", "padded"), want)] * world
