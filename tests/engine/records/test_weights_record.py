# SPDX-License-Identifier: Apache-2.0
import hashlib

import torch
from torch import nn

from flip_mm.engine.records.weights_record import (
    named_weights,
    tensors_sha256,
    weights_record,
    with_left_out,
    with_seen,
)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.BatchNorm1d(2)


def test_files_are_named_without_their_folder_and_hashed(tmp_path):
    path = tmp_path / "clip.pt"
    path.write_bytes(b"weights")
    own = dict(name="clip.pt", sha256=hashlib.sha256(b"weights").hexdigest())
    assert named_weights(str(path)) == own
    cfg = dict(backbone=dict(pretrained=str(path)), head=dict(init_cfg=[dict(type="Pretrained", checkpoint=str(path))]))
    assert weights_record(cfg, Model(), None) == [
        dict(source="model.backbone.pretrained") | own,
        dict(source="model.head.init_cfg.0.checkpoint") | own,
    ]
    assert weights_record(cfg, Model(), str(path)) == [dict(source="load_from") | own]
    assert weights_record(dict(backbone=dict(pretrained=None)), Model(), None) == []


def test_weights_by_tag_or_address_are_hashed_as_they_were_loaded():
    model = Model()
    (own,) = weights_record(dict(backbone=dict(pretrained="openai")), model, None)
    assert own == dict(source="model.backbone.pretrained", name="openai", tensors_sha256=tensors_sha256(model.backbone))
    assert named_weights("https://me:secret@host/a/clip.pt?token=1") == dict(name="clip.pt")
    before = own["tensors_sha256"]
    assert tensors_sha256(Model().backbone) == before
    for change in (lambda m: m.weight.data.mul_(2), lambda m: m.num_batches_tracked.add_(1), lambda m: m.to(torch.bfloat16)):
        other = Model().backbone
        change(other)
        assert tensors_sha256(other) != before


def test_weights_of_init_cfg_are_hashed_as_they_were_loaded():
    model, init = Model(), dict(type="Pretrained", checkpoint="torchvision://resnet18")
    own = dict(name="resnet18", tensors_sha256=tensors_sha256(model.backbone))
    for place, init_cfg in (("init_cfg", init), ("init_cfg.0", [init])):
        assert weights_record(dict(backbone=dict(init_cfg=init_cfg)), model, None) == [
            dict(source=f"model.backbone.{place}.checkpoint") | own
        ]
    (whole,) = weights_record(dict(init_cfg=init), model, None)
    assert whole["tensors_sha256"] == tensors_sha256(model)
    # Without the part, only the name is known.
    assert weights_record(dict(neck=dict(init_cfg=init)), model, None) == [
        dict(source="model.neck.init_cfg.checkpoint", name="resnet18")
    ]


def test_the_record_names_weights_that_were_not_loaded():
    weights = [dict(source="load_from", name="a.pth")]
    assert with_left_out(weights, {}) == weights
    found = dict(file="a.pth", loaded=["a", "b"], missing=["c"], unknown=[], reshaped=["d"])
    want = dict(loaded=2, left_out=dict(missing=["c"], unknown=[], reshaped=["d"]))
    assert with_left_out(weights, found) == [weights[0] | want]


def test_what_a_loaded_checkpoint_has_seen():
    weights = [dict(source="load_from", name="a.pth"), dict(source="model.backbone.pretrained", name="openai")]
    run = dict(protocol="p3", sources=["C"], aux=[], target="I", shots=5, holdout=0.0, unlabelled="")
    assert with_seen(weights, dict(run=run)) == [weights[0] | dict(seen=dict(runs=[run], unknown=[])), weights[1]]
    assert with_seen(weights, {})[0]["seen"] == dict(runs=[], unknown=["a.pth"])


def test_the_config_of_a_loaded_checkpoint_is_named():
    start = [dict(source="load_from", name="a.pth"), dict(source="model.backbone.pretrained", name="openai")]
    run = dict(protocol="p1", sources=["C"], target="O")
    record = dict(config=dict(name="gda_source.py"), run=run, depth="maps of the data root")
    found = [(entry.get("config"), entry.get("depth")) for entry in with_seen(start, record)]
    assert found == [("gda_source", "maps of the data root"), (None, None)]
    assert all("config" not in entry for entry in with_seen(start, {}))
