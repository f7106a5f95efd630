# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch.nn import functional as F

TINY = dict(
    type="ImageClassifier",
    backbone=dict(type="CDCN", stem=4, blocks=((4, 6), (5,), (3,)), map_size=4),
    head=dict(type="DepthMapHead", in_channels=14, channels=(4,)),
)


def samples(depth, labels=(1, 0)):
    return [
        DataSample(metainfo=dict(role="train", depth=own.numpy())).set_gt_label(label)
        for own, label in zip(depth, labels, strict=True)
    ]


def test_a_central_difference_is_a_convolution_minus_its_sum():
    torch.manual_seed(0)
    conv = MODELS.build(dict(type="CentralDifferenceConv", in_channels=2, out_channels=3, theta=0.7)).double()
    x = torch.rand(1, 2, 5, 5, dtype=torch.float64)
    expected = F.conv2d(x, conv.weight, padding=1) - 0.7 * F.conv2d(x, conv.weight.sum((2, 3), keepdim=True))
    torch.testing.assert_close(conv(x), expected)
    conv.theta = 0
    torch.testing.assert_close(conv(x), F.conv2d(x, conv.weight, padding=1))


def test_attention_weights_the_output_but_not_the_next_block():
    torch.manual_seed(0)
    backbone = MODELS.build(TINY["backbone"]).eval()
    x = torch.rand(2, 3, 16, 16)
    (maps,) = backbone(x)
    first = backbone.blocks[0](backbone.stem(x))
    weight = torch.cat([first.mean(1, keepdim=True), first.max(1, keepdim=True).values], 1)
    weight = F.conv2d(weight, backbone.attention[0].weight, padding=3).sigmoid()
    torch.testing.assert_close(maps[:, :6], F.interpolate(first * weight, (4, 4), mode="bilinear", align_corners=False))
    second = backbone.blocks[1](first)
    torch.testing.assert_close(maps[:, 6:11], F.interpolate(second * backbone.attend(1, second), (4, 4), mode="bilinear"))
    without = MODELS.build({**TINY["backbone"], "attention": None})
    without.load_state_dict(backbone.state_dict(), strict=False)
    torch.testing.assert_close(without.eval()(x)[0][:, :6], F.interpolate(first, (4, 4), mode="bilinear"))


@pytest.mark.parametrize("attention", [(7, 5), (7, 5, 2)])
def test_attention_that_does_not_fit(attention):
    with pytest.raises(ValueError, match="an odd number for each of 3 blocks"):
        MODELS.build({**TINY["backbone"], "attention": attention})


def test_losses_and_scores_by_hand(monkeypatch):
    head = MODELS.build(TINY["head"])
    maps = torch.tensor([[[[0.0, 0, 0], [0, 3, 0], [0, 0, 0]]], [[[9.0] * 3] * 3]])
    monkeypatch.setattr(head, "maps", lambda feats: feats[0])
    depth = torch.zeros(2, 1, 3, 3)
    losses = head.loss((maps,), samples(depth))
    # One of nine entries is 3, nine are 9. Eight differences of the first map are -3, those of the second 0.
    assert losses["loss_absolute"].item() == pytest.approx((9 + 9 * 81) / 18)
    assert losses["loss_contrast"].item() == pytest.approx(8 * 9 / 16)
    scores = torch.stack([sample.pred_score for sample in head.predict((maps,))])
    torch.testing.assert_close(scores, torch.tensor([[2 / 3, 1 / 3], [0.0, 1.0]]))
    torch.testing.assert_close(head((maps,)).softmax(1), scores)


def test_a_step_in_bfloat16_and_maps_that_do_not_fit():
    torch.manual_seed(0)
    model = MODELS.build(TINY)
    x, depth = torch.rand(2, 3, 16, 16), torch.rand(2, 1, 4, 4)
    with torch.autocast("cpu", torch.bfloat16):
        losses = model.loss(x, samples(depth))
    assert {loss.dtype for loss in losses.values()} == {torch.float32}
    sum(losses.values()).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    with pytest.raises(ValueError, match=r"predicts depth maps of \(4, 4\), the data has \(2, 2\)"):
        model.loss(x, samples(depth[..., :2, :2]))
    with pytest.raises(ValueError, match="This method needs depth maps"):
        model.loss(x, [DataSample(metainfo=dict(role="train")).set_gt_label(1)] * 2)
    adapt = DataSample(metainfo=dict(role="adapt")).set_gt_label(-1)
    with pytest.raises(ValueError, match="does not use unlabelled images"):
        model.loss(x, [adapt, adapt])
