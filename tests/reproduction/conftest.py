# SPDX-License-Identifier: Apache-2.0
import copy
import json

import pytest
from fixtures.nested import put

from flip_mm.apis.published_recipe import published_recipe
from flip_mm.datasets.lists import list_name
from flip_mm.datasets.protocols import get_run
from flip_mm.tables.known_lists import known_lists

VIEWS = ("train_dataloader", "dataset", "pipeline", 2, "views")


@pytest.fixture(scope="session")
def recipe():
    """The settings of flip_mcl_p1."""
    return json.loads(json.dumps(published_recipe("flip_mcl_p1"), default=str))


@pytest.fixture
def make_published(recipe):
    """make_published(seed=1, hter=3.0): a record of a training that follows the published recipe in everything."""

    def lists(domain, kind):
        names = [list_name(domain, name, kind) for name in ("real", "spoof")]
        return {name: copy.deepcopy(known_lists()[name]) for name in names}

    def domain(name, kind, role, frames=1):
        own = lists(name, kind)
        videos = sum(entry["lines"] for entry in own.values())
        faces = dict(faces=dict(detectors=dict(mtcnn=videos), margins={}))
        return dict(lists=own, images=frames * videos, videos=videos, roles={role: frames * videos}, synthetic=False) | faces

    def make(seed=0, hter=2.3, target="O", intervals=None):
        settings = copy.deepcopy(recipe)
        put(settings, VIEWS, "pillow")
        settings["optim_wrapper"]["optimizer"]["fused"] = False
        run = get_run("p1", target=target)
        figures = {"HTER": hter, "AUC": 99.6, "TPR@FPR=1%": 92.0}
        report = dict(role="target", level="video", threshold_rule="paper", threshold_oracle=True, figures=figures)
        if intervals:
            report["intervals"] = intervals
        evaluation = dict(iteration=4000, weights="raw", best_by=["target/HTER"], reports=dict(target=report))
        return dict(
            format=1,
            config=dict(name="flip_mcl_p1.py", sha256="settings", settings=settings),
            protocol="p1",
            run=dict(name=run.name, protocol="p1", sources=list(run.sources), aux=list(run.aux), target=target, shots=0)
            | dict(holdout=0.0, unlabelled=""),
            seed=seed,
            max_iters=4000,
            world_size=1,
            batch_size=3,
            data=dict(
                train={name: domain(name, "train", "train") for name in run.train_domains},
                val={target: domain(target, "test", "target", frames=2)},
            ),
            weights=[dict(source="model.backbone.pretrained", name="openai", tensors_sha256="t")],
            versions=dict(flip_mm="0.3.0", torch="2.14.1"),
            hardware=dict(devices=["CPU"], processes=1),
            iterations=dict(done=4000, planned=4000),
            validations=[evaluation],
            tests=[],
        )

    return make


@pytest.fixture
def write_records(tmp_path):
    """write_records(record, ...): the records in folders of one work dir."""

    def write(*records):
        for number, record in enumerate(records):
            path = tmp_path / "work" / str(number) / "record.json"
            path.parent.mkdir(parents=True)
            path.write_text(record if isinstance(record, str) else json.dumps(record))
        return tmp_path / "work"

    return write
