# SPDX-License-Identifier: Apache-2.0
"""What is known of a checkpoint, with and without a record."""

import pytest

from flip_mm.datasets.protocols import get_run
from flip_mm.engine.records.data_record import run_record
from flip_mm.engine.records.origin import in_run, provenance_of_file, selection_of
from flip_mm.evaluation import Provenance

RUN = run_record(get_run("p1", target="M", shots=5))


def known(origin):
    return {name: value for name, value in origin.to_dict().items() if value not in ("", None)}


@pytest.mark.parametrize(
    ("iteration", "metric", "rule"),
    [
        (400, "target/HTER", "target-oracle"),
        (400, "dev/AUC", "dev"),
        (400, "accuracy/top1", "validation"),
        (900, "", "last"),
        # Nobody knows why it is taken.
        (400, "", ""),
    ],
)
def test_a_checkpoint_with_a_record(iteration, metric, rule):
    own = selection_of(iteration, 900, metric)
    assert own == dict(iteration=iteration, selection=rule, metric=metric)
    checkpoint = dict(meta=dict(flip_mm=dict(format=1, run=RUN, seed=7, checkpoint=own), iter=iteration))
    want = Provenance("p1", "OCI->M", 7, "x.pth", iteration, rule, metric, shots=5, unlabelled="", holdout=0.0)
    assert provenance_of_file(checkpoint, "a/b/x.pth").to_dict() | dict(unlabelled="") == want.to_dict()


OLD = dict(protocol="p3", sources=("C",), aux=(), target="I", shots=0, holdout=0.0)


@pytest.mark.parametrize(
    ("best", "settings", "selection"),
    [
        (
            dict(best_ckpt="/gone/best.pth"),
            {"default_hooks.checkpoint.save_best": "target/HTER"},
            ("target-oracle", "target/HTER"),
        ),
        (dict(best_ckpt="/gone/best.pth"), {}, ("", "")),
        ({"best_ckpt_dev/HTER": r"C:\w\best.pth", "best_ckpt_target/HTER": "other.pth"}, {}, ("dev", "dev/HTER")),
        (dict(best_ckpt="/gone/other.pth"), {}, ("", "")),
        (dict(max_iters=60), {}, ("last", "")),
        (dict(max_iters=61), {}, ("", "")),
        (dict(best_ckpt=None), {}, ("", "")),
    ],
)
def test_a_checkpoint_of_0_1_0(best, settings, selection):
    meta = dict(seed=1, iter=60, dataset_meta=dict(run=OLD), flip_mm=dict(settings=settings, world_size=1))
    origin = provenance_of_file(dict(meta=meta, message_hub=dict(runtime_info=best)), "w/best.pth")
    assert (origin.protocol, origin.run, origin.seed, origin.iteration) == ("p3", "C->I", 1, 60)
    assert (origin.selection, origin.selection_metric) == selection


@pytest.mark.parametrize("checkpoint", [{}, dict(meta=None), dict(meta={}), dict(meta=dict(flip_mm=3)), dict(state_dict={})])
def test_a_file_of_another_program(checkpoint):
    assert known(provenance_of_file(checkpoint, "clip.pth")) == dict(checkpoint="clip.pth", checkpoint_oracle=False)


def test_a_test_on_another_target_names_it():
    origin = Provenance("p3", "C->I", 0, "best.pth", 60, "target", "target/HTER", shots=5, unlabelled="test")
    trained = OLD | dict(shots=5)
    record = dict(run=trained)
    assert in_run(origin, record, get_run("p3", source="C", target="I", shots=5)) == origin
    assert in_run(origin, record, None) == in_run(origin, {}, get_run("p1", target="M")) == origin
    other = in_run(origin, record, get_run("p3", source="C", target="O"))
    # Trained on C, tested on O: chosen on I, which is no oracle for O, and O was not seen.
    assert (other.run, other.selection, other.is_oracle, other.shots, other.unlabelled) == (
        "C->O",
        "other-target",
        False,
        0,
        "",
    )
