# SPDX-License-Identifier: Apache-2.0
"""Runs of dataloaders and checkpoints: whether they belong together."""

import dataclasses
from types import SimpleNamespace

import pytest
from mmengine.config import Config
from mmpretrain.registry import HOOKS

from flip_mm.config_checks.common_run import check_thresholds, common_run
from flip_mm.datasets.protocols import get_run
from flip_mm.engine.checks.run_checks import compare_ancestors, compare_runs
from flip_mm.evaluation.seen import seen_by


def loader(target="O", split="test", **run):
    return dict(dataset=dict(type="FASDataset", split=split, run=dict(protocol="p1", target=target) | run))


def test_loaders_of_one_run_are_accepted():
    train = loader(split="train")
    assert common_run(dict(train_dataloader=train, val_dataloader=None, test_dataloader=loader())).name == "ICM->O"
    assert common_run(dict(train_dataloader=dict(dataset=dict(type="CustomDataset")))) is None


@pytest.mark.parametrize(
    ("loaders", "message"),
    [
        (
            dict(val_dataloader=loader("M")),
            r"train_dataloader and val_dataloader belong to different runs: "
            r"sources: .* against .*; target: 'O' against 'M'\. .*--target",
        ),
        (dict(test_dataloader=loader("C")), "train_dataloader and test_dataloader .* target: 'O' against 'C'"),
        (dict(val_dataloader=dict(dataset=dict(type="CustomDataset"))), r"val_dataloader.dataset is a CustomDataset; it must"),
        (
            dict(test_dataloader=loader(aux=False, holdout=0.1)),
            r"aux: \('CelebA',\) against \(\); holdout: 0.0 against 0.1",
        ),
        (dict(train_dataloader=loader()), "train_dataloader.dataset.split must be 'train', got 'test'"),
        (dict(val_dataloader=loader(split="train")), "val_dataloader.dataset.split must be 'test', got 'train'"),
    ],
)
def test_loaders_of_different_runs(loaders, message):
    runner = SimpleNamespace(cfg=Config(dict(train_dataloader=loader(split="train")) | loaders))
    with pytest.raises(ValueError, match=message):
        HOOKS.build(dict(type="RunGuardHook")).before_run(runner)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda metric: metric,
        lambda metric: [dict(type="Accuracy"), metric],
        lambda metric: dict(type="Evaluator", metrics=[metric]),
    ],
)
def test_a_threshold_from_held_out_videos_needs_some(wrap):
    cfg = Config(dict(test_dataloader=loader(), test_evaluator=wrap(dict(type="FASMetric", threshold="deploy"))))
    with pytest.raises(ValueError, match=r"test_evaluator.threshold='deploy' .* has none: use --holdout 0.1"):
        HOOKS.build(dict(type="RunGuardHook")).before_run(SimpleNamespace(cfg=cfg))
    run = common_run(cfg)
    check_thresholds(cfg, dataclasses.replace(run, holdout=0.1))
    check_thresholds(Config(dict(test_evaluator=wrap(dict(type="FASMetric", threshold=0.5)))), run)
    check_thresholds(Config(dict(test_evaluator=None)), run)


def trained(protocol, target, sources, holdout=0.0, aux=(), shots=0):
    return dict(protocol=protocol, target=target, sources=sources, aux=aux, shots=shots, holdout=holdout)


def check(target, resumes=False, **run):
    """Compare a checkpoint's run with this one: raises what is refused, returns what is logged."""
    own = vars(get_run(**dict(protocol="p1") | run, target=target))

    def compare(stored):
        problems, warnings, notes = compare_runs(stored, own, resumes)
        assert not warnings
        if problems:
            raise ValueError(problems[0])
        return notes

    return compare


def test_a_checkpoint_that_has_seen_the_target_is_refused():
    load = check("M")
    with pytest.raises(ValueError, match=r"was trained on I, C, M and the target of this run is M: .* Use --target O"):
        load(trained("p1", "O", ("I", "C", "M")))
    (note,) = load(trained("p1", "M", ("O", "C", "I")))
    assert note.endswith("another run that has not seen the target: aux: () against ('CelebA',).")
    assert load({}) == ()
    assert load(dict(classes=("a", "b"))) == ()


def test_train_and_test_folders_of_a_set_are_no_leak():
    load = check("M", protocol="intra")
    load(trained("intra", "M", ("M",)))
    with pytest.raises(ValueError, match="was trained on O, C, M"):
        load(trained("p1", "I", ("O", "C", "M")))


def test_a_checkpoint_that_has_seen_the_development_set_is_refused():
    load = check("M", holdout=0.1)
    with pytest.raises(ValueError, match=r"trained with holdout=0.0 and has seen videos of the development set of this run"):
        load(trained("p1", "M", ("O", "C", "I")))
    load(trained("p1", "M", ("O", "C", "I"), holdout=0.1))


def test_a_checkpoint_trained_with_shots_needs_the_same_shots():
    load = check("M")
    with pytest.raises(ValueError, match=r"trained with 5 image\(s\) per class of M, .* has shots=0: .* Use --shots 5"):
        load(trained("p1", "M", ("O", "C", "I"), shots=5))
    load(trained("p3", "O", ("C",), shots=5))
    check("M", shots=5)(trained("p1", "M", ("O", "C", "I"), shots=5))
    check("M", shots=5)(trained("p1", "M", ("O", "C", "I")))


def test_a_checkpoint_with_unlabelled_images_needs_the_same_setting():
    adapted = trained("p1", "M", ("O", "C", "I")) | dict(unlabelled="test")
    with pytest.raises(ValueError, match=r"without their labels \(run.unlabelled='test'\), and this run has unlabelled=''"):
        check("M")(adapted)
    check("M", unlabelled="test")(adapted)
    check("I")(trained("p1", "M", ("O", "C")) | dict(unlabelled="test"))


def test_resuming_in_another_run_is_refused():
    with pytest.raises(ValueError, match=r"to be resumed belongs to another run: aux: \(\) against \('CelebA',\)"):
        check("M", resumes=True)(trained("p1", "M", ("O", "C", "I")))


def test_runs_of_records_and_of_old_checkpoints_are_compared_alike():
    """A record's run holds lists, as JSON does, and a name; old checkpoints lack the newest fields."""
    own = trained("p1", "M", ["O", "C", "I"], aux=["CelebA"]) | dict(name="OCI->M")
    assert check("M", resumes=True)(own) == ()
    assert check("M", resumes=True)({name: own[name] for name in ("protocol", "target", "sources", "aux", "shots")}) == ()


@pytest.mark.parametrize(
    ("first", "now", "problem"),
    [
        (trained("p1", "I", ("O", "C", "M")), dict(target="M"), "was trained on O, C, M and the target of this run is M"),
        (trained("p3", "M", ("C",), shots=5), dict(target="M"), "was trained with 5 image(s) per class of M"),
        (
            trained("p3", "M", ("C",)) | dict(unlabelled="test"),
            dict(target="M"),
            "images of M, the target, without their labels",
        ),
        (trained("p1", "I", ("O", "C")), dict(target="M", holdout=0.1), "was trained with holdout=0.0"),
        (trained("p3", "M", ("C",), shots=5), dict(target="M", shots=5), None),
        (trained("p1", "I", ("O", "C")), dict(target="M"), None),
    ],
)
def test_what_ancestors_have_seen_counts(first, now, problem):
    """A training of C -> O started from the first one, a third from that one."""
    record = dict(run=first)
    for name in ("first.pth", "second.pth"):
        weights = [dict(source="load_from", name=name, seen=seen_by(record, name))]
        record = dict(run=trained("p3", "O", ("C",), holdout=0.5), weights=weights)
    problems, warnings, notes = compare_ancestors(record, vars(get_run("p1", **now)))
    assert (warnings, notes) == ((), ())
    assert len(problems) == (problem is not None)
    assert all(
        text.startswith("A checkpoint that this one was started or distilled from ") and problem in text for text in problems
    )
    assert compare_ancestors({}, vars(get_run("p1", **now))).problems == ()
