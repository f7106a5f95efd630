# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
from mmpretrain.registry import OPTIM_WRAPPERS
from mmpretrain.structures import DataSample


@pytest.mark.parametrize("method", ["v", "it", "mcl"])
def test_bf16_on_the_cpu_stays_close_to_float32(build, method):
    # A low temperature would magnify rounding.
    model = build(method, head=dict(simclr=dict(type="SimCLRLoss", temperature=1.0)) if method == "mcl" else None)
    images = [torch.randint(0, 256, (6, 3, 32, 32)).float() for _ in range(3 if method == "mcl" else 1)]
    data = dict(inputs=images, data_samples=[DataSample().set_gt_label(i % 2) for i in range(6)])
    start = {name: value.clone() for name, value in model.state_dict().items()}
    terms, seen = {}, []
    model.head.register_forward_hook(lambda module, inputs, logits: seen.append((inputs[0].dtype, logits.dtype)))
    for kind in ("OptimWrapper", "Bf16OptimWrapper"):
        model.load_state_dict(start)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        wrapper = OPTIM_WRAPPERS.build(dict(type=kind, optimizer=optimizer))
        torch.manual_seed(0)  # dropout, prompt views
        terms[kind] = model.train_step(data, wrapper)
    exact, half = terms.values()
    assert exact.keys() == half.keys()
    for name, value in exact.items():
        assert half[name].dtype == torch.float32
        assert half[name].item() != value.item()
        assert half[name].item() == pytest.approx(value.item(), rel=0.02, abs=0.02)
    assert seen[1][0] == torch.bfloat16
    assert method == "v" or seen[1][1] == torch.float32
    assert all(parameter.dtype == torch.float32 for parameter in model.parameters())


def test_twenty_steps_in_bf16_learn_as_in_float32(build):
    images, labels = 32 * torch.randn(8, 3, 32, 32) + 128, torch.arange(8) % 2
    images[labels == 1] += 40
    data = dict(inputs=[images], data_samples=[DataSample().set_gt_label(label) for label in labels])
    start, losses = build("it").state_dict(), {}
    for kind in ("OptimWrapper", "Bf16OptimWrapper"):
        model = build("it")
        model.load_state_dict(start)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
        wrapper = OPTIM_WRAPPERS.build(dict(type=kind, optimizer=optimizer))
        losses[kind] = torch.stack([model.train_step(data, wrapper)["loss"].detach() for _ in range(20)])
        assert all(state["exp_avg"].dtype == torch.float32 for state in optimizer.state.values())
    exact, half = losses.values()
    assert exact[-1] < 0.5 * exact[0]
    # Of a loss that falls from about 1 to 0.
    assert (half - exact).abs().max() < 0.1


@pytest.mark.parametrize("method", ["v", "it"])
def test_every_loss_gets_logits_in_float32(build, method):
    loss = dict(type="LabelSmoothLoss", label_smooth_val=0.1, num_classes=2)
    model, seen = build(method, head=dict(losses=dict(smooth=loss))), []
    for term in model.head.losses.values():
        term.register_forward_hook(lambda module, inputs, loss: seen.append(inputs[0].dtype))
    with torch.autocast("cpu", torch.bfloat16):
        model.loss(torch.randn(4, 3, 32, 32), [DataSample().set_gt_label(i % 2) for i in range(4)])
    assert seen == [torch.float32] * 2
