# SPDX-License-Identifier: Apache-2.0
"""ADDA, DR-UDA, USDAN and their parts."""

import math

import pytest
import torch
import torch.nn.functional as F
from mmengine.optim import build_optim_wrapper
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import nn

from flip_mm.models import KNNHead
from flip_mm.models.classifiers.usdan import focal_of_mean
from flip_mm.models.losses import draw_triplets, mean_entropy, triplet_loss

RESNET = dict(type="ResNet", depth=18, stem_channels=4, base_channels=4)
PREPROCESSOR = dict(type="FASDataPreprocessor")
SGD = dict(type="SGD", lr=0.1)
OPTIMIZERS = dict(
    constructor="MultiOptimWrapperConstructor",
    critic=dict(optimizer=SGD),
    target=dict(parts=["backbone", "neck"], optimizer=SGD),
)


def adda(kind="ADDA", **kwargs):
    """A small model with two nearest neighbours."""
    neck = dict(type="FeatureMLP", in_channels=32, channels=(8, 4))
    head = dict(type="KNNHead", in_channels=4, memory_size=6)
    settings = dict(backbone=RESNET, neck=neck, head=head, critic_channels=(5,), data_preprocessor=PREPROCESSOR)
    return MODELS.build(dict(type=kind, **settings, **kwargs)).train()


def dr_uda(**kwargs):
    return adda("DRUDA", decoder=dict(type="DeconvDecoder", in_channels=32, channels=(8, 8, 8, 4, 4)), **kwargs)


def batch(sources=2, targets=2):
    samples = [DataSample(metainfo=dict(role="train")).set_gt_label(i % 2) for i in range(sources)]
    samples += [DataSample(metainfo=dict(role="adapt")).set_gt_label(-1) for _ in range(targets)]
    return dict(inputs=torch.randint(0, 255, (len(samples), 3, 32, 32), dtype=torch.uint8), data_samples=samples)


def changed(model, step):
    """Names of the parts that a step changes, and what it returns."""
    before = {name: value.clone() for name, value in model.named_parameters()}
    losses = step()
    return {name.split(".")[0] for name, value in model.named_parameters() if not torch.equal(before[name], value)}, losses


def test_triplets_of_four_points():
    points, labels = torch.tensor([[0.0], [1.0], [3.0], [1.5]]), torch.tensor([1, 1, 0, 0])
    # Squared distances of spoof: the pair 2.25, the anchor's negatives 9 and 4; of real: the pair 1, the negatives 9 and 2.25.
    assert draw_triplets(points, labels).tolist() == [[0, 1, 2]]
    # With a margin of 2, the pair of spoof has the negative 1 (0.25), that of real the negative 3 (0.75).
    assert draw_triplets(points, labels, margin=2.0).tolist() == [[2, 3, 1], [0, 1, 3]]
    assert triplet_loss(points, draw_triplets(points, labels, 2.0), 2.0).item() == pytest.approx(0.5)
    # Distances: 1.5 - 2 + 1 = 0.5 and 1 - 1.5 + 1 = 0.5.
    assert triplet_loss(points, torch.tensor([[2, 3, 1], [0, 1, 3]]), squared=False).item() == pytest.approx(0.5)
    drawn = {tuple(draw_triplets(points, labels, 100.0)[0].tolist()) for _ in range(50)}
    assert drawn == {(2, 3, 0), (2, 3, 1)}
    assert triplet_loss(points, draw_triplets(points[1:3], labels[1:3])).item() == 0


def knn(memory, labels, **kwargs):
    head = KNNHead(in_channels=1, memory_size=4, **kwargs)
    head.fill(torch.tensor(memory)[:, None], torch.tensor(labels))
    return head


def test_nearest_neighbours():
    head = knn([0.0, 1.0, 5.0], [1, 0, 0])
    found = head.predict((torch.tensor([[0.2], [4.0]]),))
    assert [sample.pred_score.tolist() for sample in found] == [[0.5, 0.5], [1.0, 0.0]]
    assert [int(sample.pred_label) for sample in found] == [0, 0]
    assert knn([0.0, 1.0, 5.0], [1, 0, 0], k=1).predict((torch.tensor([[0.2]]),))[0].pred_score.tolist() == [0, 1]
    # Weights 1 / 0.2 and 1 / 0.8.
    weighted = knn([0.0, 1.0, 5.0], [1, 0, 0], weights="distance").predict((torch.tensor([[0.2]]),))
    assert weighted[0].pred_score[1].item() == pytest.approx(0.8)


def test_a_memory_that_is_too_small_or_empty():
    head = knn([float(i) for i in range(7)], [i % 2 for i in range(7)])
    assert [values.flatten().tolist() for values in head.remembered()] == [[0, 2, 4, 6], [0, 0, 0, 0]]
    with pytest.raises(ValueError, match="the memory is empty"):
        KNNHead(in_channels=1)((torch.zeros(1, 1),))
    with pytest.raises(ValueError, match="unlabelled"):
        head.loss((torch.zeros(4, 1),), batch()["data_samples"])
    with pytest.raises(ValueError, match="k and memory_size must be above 0"):
        KNNHead(in_channels=1, k=0)


def test_the_source_encoder_and_the_head_stay():
    model = adda()
    parts, losses = changed(model, lambda: model.train_step(batch(), build_optim_wrapper(model, OPTIMIZERS)))
    assert parts == {"backbone", "neck", "critic"}
    assert losses.keys() == {"loss_critic", "loss_target", "loss"}
    assert not model.source.backbone.training
    assert all(parameter.grad is None for parameter in model.parameters())


def test_both_updates_on_one_forward_pass():
    """The gradient of the critic is that of its own loss; the mapping loss has the source rows."""
    torch.manual_seed(0)
    model, data = adda(simultaneous=True), batch()
    model.source.backbone.load_state_dict(model.backbone.state_dict())
    source, target = model.split(data)
    twin = adda()
    twin.load_state_dict(model.state_dict())
    features = torch.cat([twin.source.extract_feat(source)[0], twin.extract_feat(target)[0]])
    logits, domains = twin.critic(features), torch.tensor([1, 1, 0, 0])
    critic, mapping = F.cross_entropy(logits, domains), F.cross_entropy(logits, 1 - domains)
    expected = {
        name: value - 0.1 * torch.autograd.grad(loss, value, retain_graph=True)[0]
        for loss, part in ((critic, "critic"), (mapping, "backbone"))
        for name, value in twin.named_parameters()
        if name.startswith(part)
    }
    losses = model.train_step(data, build_optim_wrapper(model, OPTIMIZERS))
    assert losses["loss_critic"].item() == pytest.approx(critic.item())
    assert losses["loss_target"].item() == pytest.approx(mapping.item())
    for name, value in model.named_parameters():
        if name in expected:
            assert torch.allclose(value, expected[name], atol=1e-6), name


@pytest.mark.parametrize("sizes", [(4, 0), (0, 4)])
def test_a_batch_without_one_of_the_domains_is_refused(sizes):
    with pytest.raises(ValueError, match=r"needs labelled images and unlabelled .* run\.unlabelled='train'"):
        adda().train_step(batch(*sizes), None)
    with pytest.raises(RuntimeError, match="ADDA trains in train_step"):
        adda().loss(None, [])


def test_phases():
    model = dr_uda(phases=(2, 1, 1))
    optimizers = build_optim_wrapper(
        model, {**OPTIMIZERS, "target": dict(parts=["backbone", "neck", "decoder"], optimizer=SGD)}
    )
    model.head.fill(torch.tensor([[0.0] * 4, [0.1] * 4, [5.0] * 4]), torch.tensor([0, 0, 1]))
    seen = [changed(model, lambda: model.train_step(batch(), optimizers)) for _ in range(5)]
    adversarial = ({"backbone", "neck", "critic"}, {"loss_critic", "loss_target", "loss"})
    centre, reconstruction = ({"neck"}, {"loss_centre", "loss"}), ({"backbone", "decoder"}, {"loss_reconstruction", "loss"})
    expected = [adversarial, adversarial, centre, reconstruction, adversarial]
    assert [(parts, losses.keys()) for parts, losses in seen] == expected
    assert sorted(model.centres[:, 0].tolist()) == pytest.approx([0.05, 5.0])
    assert model.steps == 5


def test_the_centre_loss_is_the_squared_distance_to_the_nearest_centre():
    model = dr_uda().eval()
    model.centres[0], model.centres[1] = 0.0, 1e3
    x = torch.rand(3, 3, 32, 32)
    assert model.centre_loss(x).item() == pytest.approx(model.extract_feat(x)[-1].square().sum(1).mean().item())


def test_all_losses_in_one_update():
    model = dr_uda(phases=None, source_reconstruction_weight=0.7)
    optimizers = build_optim_wrapper(
        model, {**OPTIMIZERS, "target": dict(parts=["backbone", "neck", "decoder"], optimizer=SGD)}
    )
    model.centres.zero_()
    losses = model.train_step(batch(), optimizers)
    assert losses.keys() == {"loss_critic", "loss_target", "loss_centre", "loss_reconstruction", "loss"}
    with pytest.raises(ValueError, match="phases must be None or three numbers"):
        dr_uda(phases=(0, 0, 0))
    with pytest.raises(ValueError, match="simultaneous"):
        dr_uda(simultaneous=True)


def usdan(**kwargs):
    head = dict(type="FixedDirectionHead", in_channels=32, hidden_channels=8, loss=dict(type="CrossEntropyLoss"))
    return MODELS.build(dict(type="USDAN", backbone=RESNET, neck=dict(type="GlobalAveragePooling"), head=head, **kwargs))


def test_usdan_trains_features_for_fixed_directions():
    model = usdan(data_preprocessor=PREPROCESSOR).train()
    kernel = model.head.kernel.clone()
    assert torch.allclose(kernel.norm(dim=0), torch.ones(2))
    optimizer = build_optim_wrapper(model, dict(optimizer=SGD))
    parts, losses = changed(model, lambda: model.train_step(batch(), optimizer))
    assert parts == {"backbone", "head", "discriminator"}
    assert {"loss_cls", "loss_entropy", "loss_adv"} < losses.keys()
    assert torch.equal(model.head.kernel, kernel)
    with pytest.raises(ValueError, match=r"needs labelled images and unlabelled .* run\.unlabelled='train'"):
        model.loss(torch.rand(2, 3, 32, 32), batch(2, 0)["data_samples"])


@pytest.mark.parametrize(("counts", "count"), [(True, 8), (False, 1)])
def test_validation_images_count_for_the_reversal(counts, count):
    model = usdan(count_validation=counts).train()
    data = batch()
    model.loss(data["inputs"].float(), data["data_samples"])
    model.eval().predict(torch.rand(7, 3, 32, 32))
    assert model.discriminator.reversal.count == count


def test_focal_loss_of_the_mean_and_entropy():
    assert focal_of_mean(torch.tensor(math.log(2))).item() == pytest.approx(math.log(2) / 4)
    # One certain prediction (its smaller probability is left out), and one of two halves.
    assert mean_entropy(torch.tensor([[40.0, 0.0], [0.0, 0.0]])).item() == pytest.approx(math.log(2) / 2)
    assert nn.functional.softmax(torch.tensor([40.0, 0.0]), 0)[1] < 1e-6
