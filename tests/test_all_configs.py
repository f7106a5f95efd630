# SPDX-License-Identifier: Apache-2.0
"""Every shipped config, whatever its method: three updates and one evaluation on a tiny synthetic set (after DomainBed)."""

import json
import math
import re
from pathlib import Path

import pytest

from flip_mm.datasets.lists import list_path, read_list
from flip_mm.datasets.naming import parse_name
from flip_mm.datasets.protocols import LAYOUTS, RUNS, get_run
from flip_mm.labels import LIST_WORDS

pytestmark = pytest.mark.usefixtures("small_vocabulary")

CONFIGS = Path(__file__).parents[1] / "configs"
ALL = sorted(path for path in CONFIGS.rglob("*.py") if "_base_" not in path.parts)
# The synthetic twin of an ablation differs from it as its base does (test_ablations.py).
ALL = [path for path in ALL if path.parent.name != "ablations" or "demo" not in path.stem]
# test_language_configs.py compares them with the demos; test_clip_pretraining.py runs the pretraining.
ALL = [path for path in ALL if path.parent.name != "language" and path.stem != "clip_pretrain_demo"]


@pytest.mark.parametrize(("number", "path"), enumerate(ALL), ids=[path.stem for path in ALL])
def test_three_updates_and_an_evaluation(run_tool, request, monkeypatch, shrunk, tmp_path, number, path):
    monkeypatch.setattr("flip_mm.visualization.plot_report", lambda *_: [])
    cfg = shrunk(path)
    config, work = tmp_path / f"{path.stem}.json", tmp_path / "work"
    cfg.dump(config)
    run = get_run(**cfg.train_dataloader.dataset.run)
    data = request.getfixturevalue("shared_mcio" if {*run.sources, run.target} <= {*LAYOUTS["MCIO"]} else "shared_wcs")
    # The configs share the runs of a protocol out among them.
    sources, target = RUNS[run.protocol][number % len(RUNS[run.protocol])]
    flags = [*(["--source", *sources] if len(sources) == 1 else []), "--target", target, "--data-root", data]
    run_tool("train.py", config, *flags, "--work-dir", work, "--cfg-options", f"experiment_name={path.stem}")

    (log,) = work.glob("*/*.log")
    lines = [json.loads(line) for line in next(work.glob("*/vis_data/scalars.json")).read_text().splitlines()]
    losses = [line["loss"] for line in lines if "loss" in line]
    assert len(losses) == 3
    assert all(map(math.isfinite, losses))
    lists = {name: read_list(list_path(data, target, name, "test")) for name in LIST_WORDS}
    real, spoof = (len({parse_name(target, line).video_id for line in own}) for own in lists.values())
    assert re.search(rf"target: HTER \d+\.\d\d  EER .* {real} real and {spoof} spoof videos", log.read_text(encoding="utf-8"))
    assert len(list(work.glob("best_target_HTER_iter_3.pth"))) == 1
