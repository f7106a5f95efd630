# SPDX-License-Identifier: Apache-2.0
"""Trainings of methods that need what their run or their data do not have."""

import re

import pytest
from mmengine.model import BaseModel
from mmpretrain.registry import MODELS

from flip_mm.config_checks.needs import check_subjects, needs_of, runs_with
from flip_mm.config_checks.training_checks import check_training
from flip_mm.models.needs import Needs

P1 = "--protocol p1 (OCI->M, OMI->C, OCM->I, ICM->O)"
TWO = f"{P1} or --protocol p2 (CeFA+S->W, SW->CeFA, CeFA+W->S) or --protocol limited (MI->C, MI->O)"
DEPTH = [dict(type="LoadFrame"), dict(type="LoadDepth", size=8), dict(type="PackInputs", algorithm_keys=["depth"])]


class Fake(BaseModel):
    def __init__(self, **kwargs):
        super().__init__()

    def forward(self, *args, **kwargs):
        pass


@pytest.fixture(autouse=True)
def methods():
    """NeedsNothing, NeedsSources, ... while a test runs."""
    needs = dict(
        Nothing=Needs(),
        Sources=Needs(sources=2),
        Unlabelled=Needs(unlabelled=True),
        Depth=Needs(depth=True),
        Subjects=Needs(subjects=True),
    )
    for name, own in needs.items():
        MODELS.register_module(name=f"Needs{name}", module=type(f"Needs{name}", (Fake,), dict(needs=own)))
    yield
    for name in needs:
        del MODELS.module_dict[f"Needs{name}"]


@pytest.fixture
def trained(config):
    """trained("NeedsSources", dict(protocol="p3", ...), pipeline): checks a training of this model."""

    def check(kind, run=None, pipeline=None):
        cfg = config({})
        cfg.model = dict(type=kind, backbone=dict(type="ResNet", depth=18), head=dict(type="LinearClsHead"))
        for name in ("train", "val", "test"):
            loader = cfg[f"{name}_dataloader"]
            loader.dataset.run = run or dict(protocol="p1", target="O", aux=False)
            if pipeline:
                loader.dataset.pipeline = pipeline
        check_training(cfg)

    return check


@pytest.mark.parametrize(
    ("kind", "run", "message"),
    [
        (
            "Sources",
            dict(protocol="p3", source="C", target="I", aux=False),
            f"NeedsSources trains on 2 or more labelled domains, and C->I has 1 (C): use {TWO}.",
        ),
        (
            "Unlabelled",
            None,
            "NeedsUnlabelled trains on unlabelled images of the target, and this run (ICM->O) has none: use --unlabelled train",
        ),
        (
            "Unlabelled",
            dict(protocol="intra", target="O"),
            "NeedsUnlabelled trains on unlabelled images of the target, and protocol intra trains on them with labels: use",
        ),
        ("Depth", None, "NeedsDepth trains on depth maps, and train_dataloader.dataset.pipeline makes none"),
    ],
)
def test_what_a_run_does_not_have(trained, kind, run, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        trained(f"Needs{kind}", run)


@pytest.mark.parametrize(
    ("kind", "run", "pipeline"),
    [
        ("Nothing", None, None),
        ("Sources", None, None),
        # CelebA-Spoof is a labelled domain.
        ("Sources", dict(protocol="p3", source="C", target="I"), None),
        ("Unlabelled", dict(protocol="p3", source="C", target="I", unlabelled="train"), None),
        ("Depth", None, DEPTH),
        ("Subjects", None, None),
    ],
)
def test_what_fits_is_accepted(trained, kind, run, pipeline):
    trained(f"Needs{kind}", run, pipeline)


@pytest.mark.parametrize("missing", [DEPTH[:2], DEPTH[::2]], ids=["not packed", "not loaded"])
def test_depth_must_be_loaded_and_packed(trained, missing):
    with pytest.raises(ValueError, match="NeedsDepth trains on depth maps"):
        trained("NeedsDepth", pipeline=missing)


def test_subjects_must_be_packed_and_known(trained):
    with pytest.raises(ValueError, match=r"needs 'subject' in PackInputs\.meta_keys"):
        trained("NeedsSubjects", pipeline=DEPTH)
    samples = [
        dict(domain=domain, role=role, subject=subject)
        for domain, role, subject in [("M", "train", "M_1"), ("X", "train", ""), ("O", "adapt", "")]
    ]
    check_subjects(dict(type="NeedsNothing"), samples)
    check_subjects(dict(type="NeedsSubjects"), samples[::2])
    with pytest.raises(ValueError, match="the names of X tell none"):
        check_subjects(dict(type="NeedsSubjects"), samples)


def test_parts_of_a_model_have_needs():
    model = dict(type="ImageClassifier", head=dict(type="NeedsDepth"), neck=[dict(type="NeedsSources")])
    assert [name for name, _ in needs_of(model)] == ["NeedsDepth", "NeedsSources"]


def test_runs_that_fit():
    assert (runs_with(3), runs_with(4)) == (P1, "")
