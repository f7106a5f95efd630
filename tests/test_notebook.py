# SPDX-License-Identifier: Apache-2.0
"""The notebook in docs/ runs from its first to its last cell, on tiny sizes."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TINY = """\
DATA, WORK, VIDEOS, METHODS, SEEDS = "data", "work", 5, ["flip_v_demo"], [0]
OPTIONS = {"train_cfg.max_iters": 2, "train_cfg.val_interval": 1, "train_dataloader.num_workers": 0, \
"val_dataloader.num_workers": 0, "test_dataloader.num_workers": 0}"""


def test_the_notebook_runs(forked, tmp_path, monkeypatch, capsys):
    nbformat = pytest.importorskip("nbformat")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)
    notebook = nbformat.read(ROOT / "docs/notebook.ipynb", as_version=4)
    (parameters,) = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ()))
    parameters.source = TINY
    *cells, last = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    # In this process: a kernel would import everything once more.
    names = {}
    for source in cells:
        exec(source, names)
    # One training with and one without a development set, and one test.
    rows, _ = eval(last, names)
    assert rows > 8
    assert (tmp_path / "work/experiment/results.csv").is_file()
    assert "flip_v_demo  ICM->O" in capsys.readouterr().out
