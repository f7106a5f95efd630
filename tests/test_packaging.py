# SPDX-License-Identifier: Apache-2.0
"""What a source distribution and the package built from it bring along, and that it runs from any folder."""

import ast
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

from flip_mm.apis import shipped

ROOT = Path(__file__).parents[1]
FROM_ANYWHERE = """
import argparse, runpy, sys
import flip_mm
from flip_mm.apis import add_common_arguments, load_config
print(flip_mm.__file__)
parser = argparse.ArgumentParser()
add_common_arguments(parser)
cfg = load_config(parser.parse_args(["flip_mcl_p1", "--target", "M"]))
print(cfg.filename, cfg.work_dir, cfg.model.head.type, cfg.test_dataloader.dataset.run.target)
for arguments in (["train", "--help"], ["print_everything"]):
    sys.argv = ["flip_mm", *arguments]
    try:
        runpy.run_module("flip_mm", run_name="__main__")
    except SystemExit as stop:
        print("exit", stop.code)
"""


def python(*arguments, cwd, **environment):
    command = [sys.executable, "-W", "ignore", *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The package, built from the source distribution: what a wheel holds."""
    folder = tmp_path_factory.mktemp("packaging")
    python("setup.py", "-q", "egg_info", "--egg-base", folder, "sdist", "--dist-dir", folder, cwd=ROOT)
    with tarfile.open(next(folder.glob("flip_mm-*.tar.gz"))) as archive:
        archive.extractall(folder / "source", filter="data")
    (source,) = (folder / "source").iterdir()
    python("setup.py", "-q", "build", "--build-lib", folder / "lib", cwd=source)
    return folder / "lib"


def files(folder, *endings):
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.suffix in endings}


def test_package_holds_configs_tools_and_data(built):
    inside = built / "flip_mm/.mim"
    assert files(inside / "configs", ".py", ".yml") == files(ROOT / "configs", ".py", ".yml")
    assert files(inside / "tools", ".py") == files(ROOT / "tools", ".py")
    assert (inside / "model-index.yml").is_file()
    own = ROOT / "flip_mm"
    assert files(built / "flip_mm", ".json") - files(inside, ".json") == files(own, ".json")
    assert {name for name in files(built / "flip_mm", ".py") if not name.startswith(".mim")} == files(own, ".py")
    assert {path.name for path in built.iterdir()} == {"flip_mm"}


def test_package_runs_from_any_folder(built, tmp_path):
    out = python("-c", FROM_ANYWHERE, cwd=tmp_path, PYTHONPATH=str(built))
    assert f"{built}/flip_mm/__init__.py" in out
    assert f"{built}/flip_mm/.mim/configs/flip_mcl_p1.py work_dirs/flip_mcl_p1/M_seed0 FLIPMCLHead M" in out
    assert "usage: train.py [-h]" in out
    assert "exit flip_mm: there is no tool 'print_everything'" in out
    assert re.search(r"tools: .*make_synthetic, .*test, train", out)


@pytest.mark.parametrize("name", ["flip_v_p1", "flip_v_p1.py", "configs/flip_v_p1.py", "configs/flip_v_p1"])
def test_names_of_shipped_configs(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert shipped.find_config(name) == ROOT / "configs/flip_v_p1.py"
    (tmp_path / "configs").mkdir()
    own = tmp_path / name
    own.write_text("")
    assert shipped.find_config(name) == Path(name)


def test_model_index_quotes_what_the_configs_quote():
    (metafile,) = yaml.safe_load((ROOT / "model-index.yml").read_text())["Import"]
    index = yaml.safe_load((ROOT / metafile).read_text())
    collections = {collection["Name"] for collection in index["Collections"]}
    found = {}
    for model in index["Models"]:
        assert model["In Collection"] in collections
        assert model["Config"] == f"configs/{model['Name']}.py"
        found[model["Name"]] = {(r["Dataset"], "/".join(f"{v:.2f}" for v in r["Metrics"].values())) for r in model["Results"]}
        assert all(list(r["Metrics"]) == ["HTER", "AUC", "TPR@FPR=1%"][: len(r["Metrics"])] for r in model["Results"])
    quoted = {}
    for path in (ROOT / "configs").glob("*.py"):
        runs = re.findall(r"(\w+->\w+) ([\d./]*\d)", ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))))
        if runs and re.fullmatch(r"flip_\w+_p\d", path.stem):
            quoted[path.stem] = set(runs)
    assert found == quoted
