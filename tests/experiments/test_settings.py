# SPDX-License-Identifier: Apache-2.0
"""Settings of experiments, with and without a grid."""

import re
import shlex

import pytest

from flip_mm.experiments.experiment import command_line, option_text
from flip_mm.experiments.grid import is_grid, read_grid
from flip_mm.experiments.settings import make_experiments

PLAIN = dict(configs="flip_v_demo", work_dir="work")
GRID = """
configs: [flip_v_demo, flip_it_demo]
work_dir: work
runs: [O, M]
seeds: 0-2
holdout:
  grid: [0, 0.1]
train_cfg: {max_iters: 4}
optim_wrapper:
  optimizer:
    lr:
      grid: [1e-3, 1e-4, 3e-4]
"""


def test_a_grid_has_every_combination(tmp_path):
    file = tmp_path / "grid.yaml"
    file.write_text(GRID)
    assert is_grid(str(file))
    experiments = make_experiments(read_grid(file))
    assert [(found.holdout, found.variant) for found in experiments] == [
        (holdout, f"+lr={rate}") for holdout in (0, 0.1) for rate in ("1e-3", "1e-4", "3e-4")
    ]
    last = experiments[-1]
    assert (last.configs, last.runs, last.seeds) == (("flip_v_demo", "flip_it_demo"), "O,M", (0, 1, 2))
    # YAML reads 1e-4 as a text.
    assert last.cfg_options == {"train_cfg.max_iters": 4, "optim_wrapper.optimizer.lr": 0.0003}


def test_a_config_in_yaml_is_no_grid(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text("model: {type: FLIP}\n")
    assert not is_grid(str(file))
    assert not is_grid(str(tmp_path / "missing.yaml"))


def test_names_of_variants_differ():
    grid = {"a.lr": {"grid": [1, 2]}, "b.lr": {"grid": ["x", "a long text with blanks"]}, "c.d": {"grid": [[1, 2], [3]]}}
    variants = [found.variant for found in make_experiments(PLAIN | grid)]
    assert variants[0] == "+a.lr=1+b.lr=x+d=value1"
    assert variants[-1] == "+a.lr=2+b.lr=value2+d=value2"
    assert len({*variants}) == 8


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (dict(sedes="0-4"), "no setting 'sedes', did you mean seeds?"),
        (dict(lr=0.1), "no setting 'lr'. The settings are configs, "),
        (dict(work_dir=None), "work_dir missing"),
        (dict(seeds=True), "seeds: True must be 0-4 or 0,2,5"),
        (dict(seeds="2-1"), "reversed"),
        (dict(runs=3), "runs: 3 must be all, M,O or C-I"),
        (dict(holdout="a"), "holdout: 'a' must be a share"),
        (dict(unlabelled="all"), "unlabelled: 'all' must be train or test"),
        (dict(aux="no"), "aux: 'no' must be true or false"),
        (dict(configs=[]), "configs: [] must be the name of a config"),
        (dict(seeds=dict(grid=[0, 1])), "seeds: it takes no grid"),
        (dict(holdout=dict(grid=0)), "holdout: grid=0 must be a list"),
        ({"a.b": dict(grid=[1, 1])}, "a.b: a value is twice in the grid"),
        ({"a.b": dict(grid=["1e-3", 0.001])}, "a.b: a value is twice in the grid"),
        ({"a.b": "[1, 2"}, "The value '[1, 2' cannot be read"),
        ({"randomness.seed": 5}, "option randomness.seed cannot be the same in all trainings: give seeds instead"),
        (dict(cfg_options=dict(work_dir="other")), "option work_dir cannot be the same in all trainings"),
    ],
)
def test_wrong_settings(settings, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        make_experiments(PLAIN | settings)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seeds: 0\nruns: O\nseeds: 1", "line 3: this cannot be read (seeds is given twice)"),
        ("a.b: 1\na:\n  b: 2", "a.b is given twice, nested and with dots"),
        ("configs: [", "line 1: this cannot be read"),
        ("- a", "must contain settings"),
        ("lr: {grid: [1], x: 2}", "no other keys"),
    ],
)
def test_wrong_files(tmp_path, text, words):
    file = tmp_path / "grid.yaml"
    file.write_text(text)
    with pytest.raises(ValueError, match=re.escape(words)):
        read_grid(file)


def test_texts_of_yaml():
    # YAML reads 1e-1 as a text; a text keeps its blanks.
    given = {"holdout": "1e-1", "cfg_options": None, "a.b": "my data/a.pth", "c.d": "(0.9, 1e-3)"}
    (experiment,) = make_experiments(PLAIN | given)
    assert experiment.holdout == 0.1
    assert experiment.cfg_options == {"a.b": "my data/a.pth", "c.d": (0.9, 0.001)}
    assert option_text("a.b", "my data/a.pth") == "my data/a.pth"


def test_command_line():
    options = {"load_from": "a.pth", "x.y": [1, 2]}
    given = dict(protocol="p3", holdout=0.25, aux=False, data_root="my data", cfg_options=options)
    (experiment,) = make_experiments(PLAIN | given)
    words = command_line(experiment.arguments("flip_v_demo", target="I", source="C", seed=7))
    assert words == shlex.split(
        "flip_v_demo --protocol p3 --target I --source C --holdout 0.25 --data-root 'my data' --seed 7 --no-aux "
        "--cfg-options load_from=a.pth x.y=[1,2]"
    )
    (experiment,) = make_experiments(PLAIN | dict(aux=True))
    assert command_line(experiment.arguments("ssdg_r", target="O")) == ["ssdg_r", "--target", "O", "--aux"]


@pytest.mark.parametrize("value", ["a,b", {"a": 1}, "1", ["a,b"], "[1]"])
def test_values_that_would_change_on_a_command_line_are_refused(value):
    with pytest.raises(ValueError, match=r"cannot be given to a training as an option"):
        option_text("a.b", value)
