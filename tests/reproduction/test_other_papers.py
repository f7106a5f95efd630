# SPDX-License-Identifier: Apache-2.0
"""Trainings of other papers' methods are compared with their shipped config, and with what their paper says of the data."""

import copy

import pytest
from fixtures.nested import put

from flip_mm.datasets.protocols import get_run
from flip_mm.engine.records.data_record import run_record
from flip_mm.reproduction.compare import compare
from flip_mm.reproduction.data_checks import compare_data
from flip_mm.reproduction.finding import DATA, METHOD, SAME, UNKNOWN
from flip_mm.reproduction.weights import compare_weights
from flip_mm.tables.methods import methods

TRAINED = dict(aux=False, unlabelled="train")


def checks(name, **run):
    settings = dict(protocol="p3", source="C", target="I") if run.pop("p3", False) else dict(protocol="p1", target="O")
    found = compare_data(dict(run=run_record(get_run(**settings | run)), data={}), methods()[name])
    return {one.subject: (one.severity, one.text) for one in found if one.severity != SAME}


@pytest.mark.parametrize(
    ("name", "run", "subject", "severity", "text"),
    [
        ("maddg", dict(aux=True), "auxiliary training data", DATA, "trained with CelebA-Spoof"),
        ("maddg", TRAINED, "target images without labels", METHOD, "the target's train images trained without labels"),
        ("ada", dict(TRAINED, p3=True), "target images without labels", METHOD, "without labels train instead of test"),
        ("vit", dict(aux=False), "auxiliary training data", DATA, "trained without CelebA-Spoof"),
        ("maddg", dict(aux=False), "lists and faces", UNKNOWN, "lists and faces of that paper are private"),
    ],
)
def test_what_differs_from_the_published_data(name, run, subject, severity, text):
    found = checks(name, **run)[subject]
    assert found[0] == severity
    assert text in found[1]


@pytest.mark.parametrize(("name", "run"), [("maddg", dict(aux=False)), ("usdan_un", dict(TRAINED, p3=True)), ("vit", {})])
def test_what_does_not_differ(name, run):
    assert {*checks(name, **run)} == {"lists and faces"}


def test_the_start_from_the_previous_stage_is_part_of_the_method():
    entry = dict(source="load_from", name="iter_101.pth", sha256="a", config="vitaf_head")
    (same,) = compare_weights([entry], {}, previous="vitaf_head")
    (other,) = compare_weights([entry | dict(config="erm_r18_p1")], {}, previous="vitaf_head")
    (none,) = compare_weights([entry], {})
    assert (same.severity, other.published, none.published) == (SAME, "previous stage vitaf_head", "none")


def test_weights_of_init_cfg():
    init = dict(type="Pretrained", checkpoint="https://host/r18.pth")
    entry = dict(source="model.backbone.init_cfg.checkpoint", name="r18.pth", tensors_sha256="t")
    (same,) = compare_weights([entry], dict(init_cfg=init))
    (random,) = compare_weights([], dict(init_cfg=[init]))
    assert (same.severity, random.published) == (SAME, "tag r18.pth")


def test_a_report_says_how_exact_the_method_is(make_published, write_records):
    record = make_published()
    put(record, ("config", "name"), "maddg.py")
    recipe = copy.deepcopy(record["config"]["settings"])
    found = compare(write_records(record), settings_of=lambda name: recipe if name == "maddg" else None)
    (method,) = found.methods
    assert method.source == (
        "FLIP, ICCV 2023, table 2, MADDG (CVPR'19), as quoted there; our config: exact from the authors' code (grade E)"
    )
    assert next(row.published for row in method.rows if (row.run, row.metric) == ("ICM->O", "HTER")) == 27.98
    assert "trained with CelebA-Spoof" in method.verdict
    assert "seeds instead of" not in method.verdict
