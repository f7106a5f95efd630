# SPDX-License-Identifier: Apache-2.0
"""Gradient accumulation: what an update computes, and what is said about it."""

import copy

import pytest
import torch
from mmengine.optim import OptimWrapper
from mmpretrain.structures import DataSample

from flip_mm.engine.checks.accumulation import accumulation_notice
from flip_mm.engine.checks.resume_checks import accumulation_counts

KEY = "optim_wrapper.accumulative_counts"


def update(model, images, labels, batches):
    """The weights after one update that accumulates the gradients of some batches."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    wrapper = OptimWrapper(optimizer, accumulative_counts=batches)
    wrapper.initialize_count_status(model, 0, batches)
    for part, own in zip(images.chunk(batches), labels.chunk(batches), strict=True):
        samples = [DataSample().set_gt_label(label) for label in own]
        with wrapper.optim_context(model):
            loss, _ = model.parse_losses(model.loss(part, samples))
        wrapper.update_params(loss)
    return model.state_dict()


@pytest.mark.parametrize("method", ["v", "it"])
def test_an_update_equals_that_of_the_large_batch(build, method):
    model = build(method, head=dict(dropout=0.0) if method == "v" else None).train()
    images, labels = torch.randn(6, 3, 32, 32), torch.tensor([0, 1, 1, 0, 0, 1])
    large, small = (update(copy.deepcopy(model), images, labels, batches) for batches in (1, 3))
    start = model.state_dict()
    assert any(not torch.equal(large[name], value) for name, value in start.items())
    for name, value in large.items():
        torch.testing.assert_close(small[name], value, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("method", "head", "count", "said"),
    [
        ("mcl", None, 4, True),
        ("mcl", None, 1, False),
        ("mcl", dict(simclr=dict(type="SimCLRLoss", loss_weight=0)), 4, False),
        ("it", None, 4, False),
        ("v", None, 4, False),
    ],
)
def test_the_notice_names_losses_that_compare_images(build, method, head, count, said):
    notice = accumulation_notice(build(method, head=head), count, KEY)
    assert (notice is not None) == said
    if said:
        assert notice.startswith(
            "optim_wrapper.accumulative_counts=4: every update uses the mean gradient of 4 batches. loss_simclr "
        )


def test_a_model_of_another_kind_has_no_notice():
    assert accumulation_notice(torch.nn.Linear(1, 1), 4, KEY) is None
    several = dict(optim_wrapper=dict(main=dict(optimizer=dict(type="SGD"), accumulative_counts=2), other=dict(optimizer={})))
    assert accumulation_counts(several) == {"optim_wrapper.main.accumulative_counts": 2}
    assert accumulation_counts(dict(optim_wrapper=None)) == {}
