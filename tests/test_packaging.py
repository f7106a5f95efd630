# SPDX-License-Identifier: Apache-2.0
"""What a source distribution and the package built from it bring along, and that it runs from any folder."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from flip_mm.utils import shipped

ROOT = Path(__file__).parents[1]
FROM_ANYWHERE = "import flip_mm, sys; print(flip_mm.__file__); from flip_mm.cli.commands import main; sys.exit(main())"


def python(*arguments, cwd, **environment):
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The package, built from the source distribution: what a wheel holds."""
    folder = tmp_path_factory.mktemp("packaging")
    python("setup.py", "-q", "egg_info", "--egg-base", folder, "sdist", "--dist-dir", folder, cwd=ROOT)
    shutil.unpack_archive(next(folder.glob("flip_mm-*.tar.gz")), folder / "source")
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
    assert files(built / "flip_mm", ".json", ".html") - files(inside, ".json", ".html") == files(own, ".json", ".html")
    assert {name for name in files(built / "flip_mm", ".py") if not name.startswith(".mim")} == files(own, ".py")
    assert {path.name for path in built.iterdir()} == {"flip_mm"}


def test_package_trains_from_any_folder_and_says_nothing_superfluous(built, shared_mcio, tmp_path):
    options = ["train_cfg.max_iters=2", "train_cfg.val_interval=2"]
    options += [f"{part}_dataloader.num_workers=0" for part in ("train", "val", "test")]
    done = python(
        # The one warning that is meant to be seen tells of an old torch.
        *("-W", "ignore:torch", "-c", FROM_ANYWHERE, "train", "flip_v_demo"),
        *("--target", "M", "--data-root", shared_mcio, "--cfg-options", *options),
        cwd=tmp_path,
        PYTHONPATH=str(built),
    )
    assert done.stdout.startswith(f"{built}/flip_mm/__init__.py\n")
    assert list(tmp_path.glob("work_dirs/flip_v_demo/M*_seed0/best_*.pth"))
    assert done.stderr == ""
    warnings = [line for line in done.stdout.splitlines() if line.startswith("WARNING: ")]
    assert warnings
    # The set is small, and that is said.
    assert [line for line in warnings if "spoof videos: with fewer than 100" not in line] == []


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
        assert (ROOT / model["Config"]).is_file()
        assert Path(model["Config"]).stem == model["Name"]
        results = model.get("Results", ())
        found[model["Name"]] = {(r["Dataset"], "/".join(f"{v:.2f}" for v in r["Metrics"].values())) for r in results}
        assert all(list(r["Metrics"]) == ["HTER", "AUC", "TPR@FPR=1%"][: len(r["Metrics"])] for r in results)
    quoted = {}
    for path in (ROOT / "configs").glob("*.py"):
        runs = re.findall(r"(\w+->\w+) ([\d./]*\d)", ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))))
        if runs and re.fullmatch(r"flip_\w+_p\d", path.stem):
            quoted[path.stem] = set(runs)
    # Those of other papers' methods: tests/tables/test_published_rows.py.
    assert {name: results for name, results in found.items() if results and name.startswith("flip_")} == quoted
