# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
from mmengine.model import MMDistributedDataParallel
from mmpretrain.structures import DataSample

VIEWS, N = 3, 4


def batch():
    return torch.rand(VIEWS, N, 3, 32, 32).unbind(), [DataSample().set_gt_label(i % 2) for i in range(N)]


def total(losses):
    return sum(losses.values())


@pytest.mark.parametrize("frozen", [["backbone.text_tower"], ["backbone.text_tower", "head", "backbone.logit_scale"]], ids=len)
def test_frozen_parts_have_no_gradient(build, frozen):
    model = build("mcl", frozen=frozen)
    total(model.loss(*batch())).backward()
    for name, parameter in model.named_parameters():
        is_frozen = name.startswith(tuple(frozen))
        assert parameter.requires_grad is not is_frozen, name
        assert (parameter.grad is None) is is_frozen, name
    assert not model.encode_prompts()[0].requires_grad


def test_freezing_does_not_change_the_loss_and_other_gradients(build):
    torch.manual_seed(1)
    plain = build("it")
    model = build("it", frozen=["backbone.text_tower"])
    model.load_state_dict(plain.state_dict())
    data = (torch.rand(N, 3, 32, 32), batch()[1])
    losses = [total(own.loss(*data)) for own in (plain, model)]
    assert torch.equal(*losses)
    for own in losses:
        own.backward()
    for (name, parameter), other in zip(model.named_parameters(), plain.parameters(), strict=True):
        assert "text_tower" in name or torch.equal(parameter.grad, other.grad), name


def test_patterns(build, arch):
    arch["vision_cfg"]["layers"] = 3
    model = build("v", backbone=dict(arch=arch), frozen=["backbone.visual.transformer.resblocks.[01]", "*.conv1"])
    frozen = [name for name, parameter in model.named_parameters() if not parameter.requires_grad]
    blocks = ("backbone.visual.transformer.resblocks.0.", "backbone.visual.transformer.resblocks.1.")
    assert frozen == [name for name, _ in model.named_parameters() if name.startswith((*blocks, "backbone.visual.conv1."))]
    assert len(frozen) == 25


@pytest.mark.parametrize("frozen", [None, []])
def test_frozen_may_be_empty(build, frozen):
    assert all(parameter.requires_grad for parameter in build("it", frozen=frozen).parameters())


def test_frozen_modules_stay_in_evaluation_mode(build):
    model = build("mcl", frozen=["head.projector"]).train()
    assert model.training
    assert model.backbone.training
    assert not any(module.training for module in model.head.projector.modules())
    norm = next(module for module in model.head.projector.modules() if isinstance(module, torch.nn.BatchNorm1d))
    before = norm.running_mean.clone()
    total(model.loss(*batch()))
    assert torch.equal(norm.running_mean, before)
    total(build("mcl").train().loss(*batch()))
    model.switch_to_deploy()
    model.train()


@pytest.mark.parametrize(
    ("method", "frozen", "message"),
    [
        ("it", ["backbone.text"], r"model.frozen: the model has no part 'backbone.text', did you mean backbone.text_tower"),
        ("it", ["backbone.text_tower", "haed"], "no part 'haed', did you mean head"),
        ("it", ["zzz"], r"no part 'zzz'; it consists of .*backbone, .*head"),
        (
            "v",
            ["backbone.text_tower"],
            "no part 'backbone.text_tower'; it consists of data_preprocessor, backbone, backbone.visual, head",
        ),
        ("it", "backbone", r"must be a list of names, got 'backbone'\."),
        ("it", [3], r"must be a list of names, got \[3\]\."),
        ("it", ["backbone", "head"], r"model.frozen=\['backbone', 'head'\] freezes all parameters:"),
        ("it", ["*"], "freezes all parameters"),
    ],
)
def test_invalid_settings_are_refused(build, method, frozen, message):
    with pytest.raises(ValueError, match=message):
        build(method, frozen=frozen)


def test_a_deployed_model_takes_the_config_of_its_training(build):
    model = build("it", frozen=["backbone.text_tower"], deploy=True)
    assert model.train().training
    assert model.backbone.text_tower is None


def test_two_processes_train_a_frozen_model(build, processes):
    def run(rank):
        torch.manual_seed(0)
        model = MMDistributedDataParallel(build("mcl", frozen=["backbone.text_tower"]))
        for step in range(2):
            torch.manual_seed(10 * step + rank)
            model.zero_grad()
            total(model(*batch(), mode="loss")).backward()
        return {name: parameter.grad for name, parameter in model.module.named_parameters() if parameter.requires_grad}

    first, second = processes(2, run)
    assert first
    assert all(torch.equal(first[name], second[name]) for name in first)
