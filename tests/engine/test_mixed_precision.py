# SPDX-License-Identifier: Apache-2.0
import pytest
import torch

from flip_mm.engine import bf16_optim_wrapper
from flip_mm.engine.bf16_optim_wrapper import Bf16OptimWrapper
from flip_mm.engine.mixed_precision import is_bf16_slow, set_mixed_precision

FP16 = dict(type="AmpOptimWrapper", loss_scale="dynamic")


@pytest.mark.parametrize(
    ("given", "gpu", "bf16", "expected"),
    [
        (dict(type="OptimWrapper"), False, False, dict(type="Bf16OptimWrapper")),
        (dict(type="OptimWrapper"), True, True, dict(type="Bf16OptimWrapper")),
        (dict(type="OptimWrapper"), True, False, FP16),
        (dict(type="AmpOptimWrapper", loss_scale=2.0), True, True, dict(type="AmpOptimWrapper", loss_scale=2.0)),
        (dict(type="AmpOptimWrapper"), True, True, FP16),
        (dict(type="Bf16OptimWrapper"), True, False, dict(type="Bf16OptimWrapper")),
    ],
)
def test_the_kind_of_mixed_precision(monkeypatch, given, gpu, bf16, expected):
    monkeypatch.setattr("torch.cuda.is_available", lambda: gpu)
    monkeypatch.setattr("torch.cuda.is_bf16_supported", lambda including_emulation: bf16)
    set_mixed_precision(given)
    assert given == expected


@pytest.mark.parametrize(
    ("machine", "instructions", "slow"),
    [("x86_64", (), True), ("AMD64", ("avx512_bf16",), False), ("x86_64", ("amx_tile",), False), ("aarch64", (), False)],
)
def test_processors_that_emulate_bfloat16(monkeypatch, machine, instructions, slow):
    monkeypatch.setattr("platform.machine", lambda: machine)
    for name in ("avx512_bf16", "amx_tile"):
        monkeypatch.setattr(f"torch.cpu._is_{name}_supported", lambda name=name: name in instructions)
    assert is_bf16_slow("cpu") is slow


@pytest.mark.parametrize("slow", [True, False])
def test_one_warning_where_bfloat16_is_emulated(build, monkeypatch, slow):
    said = []
    monkeypatch.setattr(bf16_optim_wrapper, "is_bf16_slow", lambda device: slow)
    monkeypatch.setattr(bf16_optim_wrapper, "print_log", lambda text, **_: said.append(text))
    model = build("v")
    wrapper = Bf16OptimWrapper(optimizer=torch.optim.SGD(model.parameters(), lr=0.1))
    for _ in range(2):
        with wrapper.optim_context(model):
            assert torch.get_autocast_dtype("cpu") == torch.bfloat16
            assert torch.is_autocast_enabled("cpu")
    assert len(said) == slow
    assert not slow or said[0].endswith("several times slower than float32: train without it.")
