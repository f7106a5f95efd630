# SPDX-License-Identifier: Apache-2.0
"""Options of the backbone that change time and memory of a step, and not its results."""

import copy
import pickle

import pytest
import torch
from mmengine.model import MMDistributedDataParallel
from mmpretrain.structures import DataSample
from torch.autograd.graph import saved_tensors_hooks

from flip_mm.models.backbones.open_clip import compiled
from flip_mm.models.backbones.open_clip.compiled import CompiledCall

IMAGES = 4


@pytest.fixture(autouse=True)
def fresh_compiler():
    """torch limits how often the same code is compiled again for another model."""
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


def step(model):
    """Losses, and gradients by name, of a batch of fixed images and prompt views."""
    torch.manual_seed(0)
    model.train()
    count = len(model.head.class_prompts.sentences) // 2 if model.head.with_text else 0
    views = [torch.randn(IMAGES, 3, 32, 32) for _ in range(model.head.num_views)]
    samples = [DataSample().set_gt_label(i % 2) for i in range(IMAGES)]
    fixed = torch.full((IMAGES, count), 1 / count) if model.head.num_views > 1 else None
    losses = model.loss(views, samples, None if fixed is None else (fixed, fixed))
    model.zero_grad()
    sum(losses.values()).backward()
    gradients = {name: parameter.grad for name, parameter in model.named_parameters() if parameter.grad is not None}
    return {name: loss.item() for name, loss in losses.items()}, gradients


def saved_bytes(model):
    """Bytes that a step stores for the backward pass, without the weights."""
    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    storages = {}

    def pack(tensor):
        storages[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        model.encode_images(torch.zeros(IMAGES, 3, 32, 32))
    return sum(size for place, size in storages.items() if place not in weights)


def deep(arch, **options):
    arch["vision_cfg"]["layers"] = 4
    return dict(arch=arch, **options)


@pytest.mark.parametrize("method", ["v", "it", "mcl"])
def test_recomputed_blocks_give_the_same_losses_and_gradients(build, arch, method):
    plain = build(method, backbone=deep(arch))
    saving = build(method, backbone=deep(arch, grad_checkpointing=True))
    assert saving.state_dict().keys() == plain.state_dict().keys()
    saving.load_state_dict(plain.state_dict())
    (losses, gradients), (same_losses, same_gradients) = step(plain), step(saving)
    assert same_losses == losses
    assert same_gradients.keys() == gradients.keys()
    assert all(torch.equal(same_gradients[name], gradient) for name, gradient in gradients.items())
    assert saved_bytes(saving) < 0.5 * saved_bytes(plain)


def test_frozen_towers_are_not_computed_twice(build, arch, monkeypatch):
    model = build("it", backbone=deep(arch, grad_checkpointing=True), frozen=["backbone.visual", "backbone.text_tower"])
    ran = []
    for block in (*model.backbone.visual.transformer.resblocks, *model.backbone.text_tower.transformer.resblocks):
        block.register_forward_hook(lambda *_: ran.append(1))
    step(model)
    assert len(ran) == 4 + 1


def test_several_processes(arch, build, processes):
    def gradients(rank):
        torch.manual_seed(rank)
        images, samples = torch.randn(IMAGES, 3, 32, 32), [DataSample().set_gt_label(i % 2) for i in range(IMAGES)]
        found = []
        for saving in (False, True):
            torch.manual_seed(0)
            model = build("it", backbone=deep(copy.deepcopy(arch), grad_checkpointing=saving)).train()
            wrapped = MMDistributedDataParallel(model)
            sum(wrapped(images, samples, mode="loss").values()).backward()
            found.append({name: parameter.grad for name, parameter in model.named_parameters()})
        return found

    for plain, saving in processes(2, gradients):
        assert all(torch.equal(saving[name], gradient) for name, gradient in plain.items())


def test_a_tower_without_checkpoints_is_refused(build, arch):
    arch["vision_cfg"] = dict(image_size=32, layers=[1, 1, 1, 1], width=8)
    message = "grad_checkpointing=True: ModifiedResNet, the image tower of this arch, does not support it; set it to False"
    with pytest.raises(ValueError, match=message):
        build("it", backbone=dict(arch=arch, grad_checkpointing=True))


@pytest.mark.parametrize("options", [dict(compile=True), dict(compile=True, grad_checkpointing=True)], ids=str)
def test_compiled_towers_give_the_same_losses_and_gradients(build, monkeypatch, options):
    # inductor, the default, needs 5 s for each graph.
    monkeypatch.setattr(CompiledCall.__init__, "__defaults__", ("aot_eager",))
    plain, fast = build("mcl"), build("mcl", backbone=options)
    assert list(fast.state_dict()) == list(plain.state_dict())
    fast.load_state_dict(plain.state_dict())
    (losses, gradients), (fast_losses, fast_gradients) = step(plain), step(fast)
    assert fast.backbone._compiled_visual._compiled is not None
    assert fast.backbone._compiled_text._compiled is not None
    assert fast_losses == pytest.approx(losses, rel=1e-5)
    assert fast_gradients.keys() == gradients.keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(fast_gradients[name], gradient, rtol=1e-4, atol=1e-6)


def test_predictions_are_not_compiled(build, monkeypatch):
    model = build("it", backbone=dict(compile=True)).eval()
    plain = build("it").eval()
    plain.load_state_dict(model.state_dict())
    monkeypatch.setattr(compiled.torch, "compile", None)
    images = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(model(images), plain(images))
        model.switch_to_deploy()
        plain.switch_to_deploy()
        assert torch.equal(model(images), plain(images))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))], ids=["copy", "pickle"])
def test_a_copy_uses_its_own_weights(build, monkeypatch, duplicate):
    monkeypatch.setattr(CompiledCall.__init__, "__defaults__", ("eager",))
    model = build("v", backbone=dict(compile=True))
    first, _ = step(model)
    twin = duplicate(model)
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.mul_(0.5)
    assert step(twin)[0] != first
    assert step(model)[0] == first


def test_without_a_compiler(build, monkeypatch):
    monkeypatch.setenv("CXX", "/nowhere/c++")
    monkeypatch.setattr("torch._inductor.config.cpp.cxx", (None, "/nowhere/c++"))
    monkeypatch.setattr("torch._inductor.config.force_disable_caches", True)
    with pytest.raises(RuntimeError, match=r"^model.backbone.compile=True: torch.compile cannot .* install them, or"):
        step(build("v", backbone=dict(compile=True)))
