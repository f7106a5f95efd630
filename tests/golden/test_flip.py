# SPDX-License-Identifier: Apache-2.0
import copy
import json
from pathlib import Path

import pytest
import torch

from flip_mm.golden.files import check, parts
from flip_mm.golden.flip import CHECKS

ROOT = Path(__file__).parents[2]
FILE = ROOT / "tests/data/flip_a.json"


@pytest.fixture(scope="module")
def golden():
    return json.loads(FILE.read_text())


@pytest.mark.parametrize("part", ["it", "mcl", "trajectory", "v", "metrics"])
def test_all_golden_values(golden, part):
    rows = list(CHECKS[part](golden))
    assert [row for row in rows if not row.ok] == []
    models, v = golden["models"], golden["flip_v"]
    counts = dict(it=5 + len(models["it"]["grad_norms"]), mcl=7 + len(models["mcl"]["grad_norms"]), trajectory=22)
    assert len(rows) == (counts | dict(v=6 + len(v["grad_norms"]), metrics=16 * 9))[part]


def test_a_wrong_golden_value_is_found(golden):
    wrong = copy.deepcopy(golden)
    wrong["models"]["mcl"]["grad_norms"]["image_mlp.layer3.weight"] *= 1 + 5e-4
    wrong["models"]["mcl"]["loss_mse"] *= 1 + 5e-5
    off = [row.name for row in CHECKS["mcl"](wrong) if not row.ok]
    assert off == ["mcl loss_mse", "mcl gradient image_mlp.layer3.weight"]


def test_other_seed_and_batch_size(golden):
    data = copy.deepcopy(golden)
    data["models"].update(n=4, base_seed=3, labels=[0, 1, 1, 0])
    off = {row.name for row in CHECKS["it"](data) if not row.ok}
    assert "it loss" in off
    assert "it prompt norms real" not in off


def test_other_architectures_and_lengths(golden):
    data = copy.deepcopy(golden)
    data["models"]["arch"].update(vision_layers=1, embed_dim=64, image_size=32, text_width=128, ssl_mlp_dim=16)
    assert parts(data) == ["it", "mcl", "trajectory", "v", "metrics"]
    off = [row.name for part in ("it", "mcl") for row in check(part, data) if not row.ok]
    assert "it gradient visual.transformer.resblocks.1.ln_1.bias (the model has no such parameter)" in off
    assert not any("stopped" in name for name in off)


def test_a_file_with_one_part_is_enough(golden):
    arch = golden["flip_v"]["arch"]
    lean = {k: v for k, v in arch.items() if not k.startswith(("text_", "ssl_", "embed_dim", "lr"))}
    data = dict(flip_v=golden["flip_v"] | dict(arch=lean))
    assert parts(data) == ["v"]
    assert all(row.ok for row in check("v", data))
    drawn = [{k: v for k, v in case.items() if k != "score" or v is not None} for case in golden["metrics"]]
    assert all(row.ok for row in check("metrics", dict(metrics=drawn)))


def test_a_part_that_cannot_run_counts_as_wrong(golden):
    data = copy.deepcopy(golden)
    data["prompts"]["real"].pop()
    (row,) = check("mcl", data)
    assert row.name.startswith("mcl stopped: ValueError: model.head.prompts has 6 prompts")
    assert not row.ok


def test_command_line_exit_code(run_tool, capsys, tmp_path, golden):
    short = {"prompts": golden["prompts"], "flip_v": golden["flip_v"]}
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(short))
    short["flip_v"]["loss"] += 0.01
    bad.write_text(json.dumps(short))
    for file, code in ((good, 0), (bad, 1)):
        assert run_tool("analysis_tools/check_golden.py", file) == code
        assert ("OFF" in capsys.readouterr().out) == bool(code)


def test_optimizer_of_the_published_tables(build):
    from mmengine.config import Config
    from mmengine.optim import build_optim_wrapper

    model = build("mcl")
    wrapper = build_optim_wrapper(model, Config.fromfile(ROOT / "configs/_base_/schedules/adam_4k.py").optim_wrapper)
    adam = wrapper.optimizer
    assert type(adam) is torch.optim.Adam
    assert len(adam.param_groups) == 1
    group = adam.param_groups[0]
    assert (group["lr"], group["betas"], group["eps"], group["weight_decay"]) == (1e-6, (0.9, 0.999), 1e-8, 1e-6)
    assert len(group["params"]) == len(list(model.parameters()))
