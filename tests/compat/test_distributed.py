# SPDX-License-Identifier: Apache-2.0
"""Several gloo processes on the CPU through mmengine's own classes: the changes work, and every method trains."""

import copy
import os
import warnings
import zlib

import pytest
import torch
from mmengine.model import MMDistributedDataParallel, convert_sync_batchnorm
from mmengine.optim import OptimWrapper
from mmengine.runner import runner
from mmpretrain.structures import DataSample
from torch import distributed, nn
from torch.nn.modules.batchnorm import _BatchNorm

from flip_mm.compat import distributed as compat_distributed

pytestmark = pytest.mark.usefixtures("small_vocabulary")

# Weights of cross entropy, SimCLR and consistency: the paper's table 7, every term off, fractions.
WEIGHTS = [(1, 1, 1), (1, 1, 0), (1, 0, 1), (1, 2, 2), (1, 5, 5), (1, 0, 0), (0, 1, 1), (0, 1, 0), (0, 0, 1), (0.5, 0.1, 0.25)]
RESNET = dict(layers=(1, 1, 1, 1), width=8, head_width=8, image_size=32)


def mcl_head(ce, simclr, mse):
    return dict(
        loss=dict(type="CrossEntropyLoss", loss_weight=ce),
        simclr=dict(type="SimCLRLoss", loss_weight=simclr),
        consistency=dict(type="ViewConsistencyLoss", loss_weight=mse),
    )


def batch(images, views=1):
    samples = [DataSample().set_gt_label(i % 2) for i in range(images)]
    pictures = torch.randint(0, 256, (views, images, 3, 32, 32), generator=torch.Generator().manual_seed(5)).float()
    return dict(inputs=list(pictures), data_samples=samples)


def part(data, rank, world):
    """The rank's share of a batch."""
    rows = slice(rank, None, world)
    return dict(inputs=[view[rows] for view in data["inputs"]], data_samples=data["data_samples"][rows])


def wrap(model, rank):
    """As the runner does."""
    return MMDistributedDataParallel(
        module=convert_sync_batchnorm(model), device_ids=[rank], broadcast_buffers=False, find_unused_parameters=False
    )


def train(model, *batches):
    """Steps of SGD; the model afterwards."""
    optimizer = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    for data in batches:
        model.train_step(data, optimizer)
    return getattr(model, "module", model)


def checksum(model):
    return zlib.crc32(b"".join(parameter.detach().numpy().tobytes() for parameter in model.parameters()))


@pytest.mark.parametrize("world", [2, 4])
def test_every_method_and_row_of_the_loss_weights_trains_and_tests(processes, build, arch, world):
    resnet = dict(backbone=dict(arch=arch | dict(vision_cfg=RESNET)))
    cases = [("v", {}), ("v", resnet), ("it", {}), ("it", resnet), *(("mcl", dict(head=mcl_head(*row))) for row in WEIGHTS)]

    def run(rank):
        results = []
        for method, settings in cases:
            model = wrap(build(method, **settings), rank)
            data = part(batch(3 * world, views=3), rank, world)
            trained = train(model, data, data)
            model.eval()
            scores = [sample.pred_score for sample in model.test_step(dict(data, inputs=data["inputs"][0]))]
            results.append((checksum(trained), torch.stack(scores)))
        return results

    for case, *ranks in zip(cases, *processes(world, run), strict=True):
        for weights, scores in ranks:
            assert weights == ranks[0][0], case
            assert scores.shape == (3, 2)
            assert scores.isfinite().all(), case


def test_a_parameter_without_use_would_have_stopped_the_second_step(processes, build):
    def run(rank):
        model = build("it")
        model.unused = nn.Parameter(torch.zeros(1))
        data = batch(3)
        with pytest.raises(RuntimeError, match="parameters that were not used in producing loss"):
            train(wrap(model, rank), data, data)

    processes(2, run)


@pytest.mark.parametrize(("method", "row"), [("it", None), ("mcl", (1, 2, 0))])
def test_a_step_of_two_processes_is_that_of_one_with_both_batches(processes, build, method, row):
    model = build(method, head=mcl_head(*row) if row else None)
    data = batch(8, views=3)

    def step(model, data):
        for module in model.modules():
            if isinstance(module, _BatchNorm):  # its statistics are what differs between processes
                module.eval()
        return {name: weight.detach() for name, weight in train(model, data).named_parameters()}

    def run(rank):
        return step(wrap(copy.deepcopy(model), rank), part(data, rank, 2))

    together = step(copy.deepcopy(model), data)
    assert all(not torch.equal(weight, together[name]) for name, weight in model.named_parameters() if "ln_post" in name)
    for weights in processes(2, run):
        for name, weight in weights.items():
            torch.testing.assert_close(weight, together[name], rtol=1e-4, atol=1e-6)


def test_sync_batch_norm_becomes_local_and_one_line_says_so(processes, build, monkeypatch):
    def run(rank):
        said = []
        monkeypatch.setattr(compat_distributed, "print_log", lambda text, **_: said.append(text))
        wrap(build("it"), rank)
        model = wrap(build("mcl"), rank)
        data = part(batch(8, views=3), rank, 2)
        train(model, data)
        return said, model.module.head.projector.bn0.running_mean

    (said, first), (_, second) = processes(2, run)
    assert len(said) == 1
    assert "statistics of 2 BatchNorm layers (head.projector.bn0, head.projector.bn1) from its images" in said[0]
    assert not torch.equal(first, second)


def test_gloo_is_used_without_a_warning(processes, build):
    def run(rank):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            compat_distributed.hide_buffer_warning()
            wrap(build("it"), rank)
        return distributed.get_backend(), distributed.get_world_size(), [str(warning.message) for warning in caught]

    assert processes(2, run) == [("gloo", 2, [])] * 2


def test_slurm_without_gpu(processes):
    def run(rank):
        distributed.destroy_process_group()
        port = int(os.environ["MASTER_PORT"])
        slurm = dict(SLURM_PROCID=rank, SLURM_NTASKS=2, SLURM_NODELIST="here", SLURM_LOCALID=rank)
        os.environ.update({name: str(value) for name, value in slurm.items()})
        runner.init_dist("slurm", backend="nccl", port=port)
        return distributed.get_backend(), distributed.get_rank(), distributed.get_world_size()

    assert processes(2, run) == [("gloo", 0, 2), ("gloo", 1, 2)]


def test_with_a_gpu_nothing_is_changed(monkeypatch):
    calls = []
    monkeypatch.setattr(compat_distributed, "get_device", lambda: "cuda")
    compat_distributed.gloo_without_gpu(lambda *args, **kwargs: calls.append((args, kwargs)))("pytorch", "nccl", timeout=9)
    assert calls == [(("pytorch", "nccl"), dict(timeout=9))]

    module = nn.Sequential(nn.SyncBatchNorm(2, device="meta"))
    compat_distributed.data_parallel_on_cpu(lambda *args, **kwargs: calls.append((args, kwargs)))(None, module, device_ids=[3])
    assert calls[1] == ((None, module), dict(device_ids=[3]))
    assert isinstance(module[0], nn.SyncBatchNorm)
