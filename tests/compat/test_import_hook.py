# SPDX-License-Identifier: Apache-2.0
"""Components are registered for any import order. Each order runs in a process of its own."""

import os
import subprocess
import sys
import traceback
import warnings
from importlib import import_module
from pathlib import Path

import pytest

from flip_mm.compat import import_hook

ROOT = Path(__file__).parents[2]
REGISTERED = """
import sys
from mmengine.runner import runner
from mmpretrain.apis import get_model, list_models
from mmpretrain.registry import DATASETS, HOOKS, METRICS, MODELS
assert MODELS.get("FLIP") and HOOKS.get("RunGuardHook") and DATASETS.get("FASDataset") and METRICS.get("FASMetric")
assert "flip_v_p1" in list_models("flip*")
assert hasattr(runner.init_dist, "__wrapped__"), "changes to other packages"
assert not [finder for finder in sys.meta_path if type(finder).__module__ == "flip_mm.compat.import_hook"]
"""
NOTEBOOK = """
import flip_mm, sys
assert not {"numpy", "torch", "mmengine", "mmpretrain"} & sys.modules.keys()
from mmengine.config import Config
cfg = Config.fromfile(OLD)
assert "torch" not in sys.modules
from mmengine.runner import Runner
assert cfg.custom_imports.imports == ["flip_mm"] and "flip_mm.register" in sys.modules
"""
ORDERS = {
    "a module of a package first": "from flip_mm.models.classifiers.flip import FLIP",
    "a trigger in the middle of an import": "import flip_mm\nimport mmcv.transforms\nimport mmpretrain.models",
}


def test_a_notebook_with_a_config_that_names_flip_mm(tmp_path):
    (tmp_path / "old.py").write_text("custom_imports = dict(imports=['flip_mm'], allow_failed_imports=False)\n")
    code = f"OLD = 'old.py'\n{NOTEBOOK}\n{REGISTERED}"
    command = [sys.executable, "-W", "error::ImportWarning", "-c", code]
    environment = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PATH": ""}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.parametrize("order", ORDERS)
def test_order(order):
    # A forked process imports these packages again, and need not import PyTorch.
    packages = ("flip_mm", "mmcv", "mmengine", "mmpretrain")
    pid = os.fork()
    if not pid:
        code = 1
        try:
            for name in [name for name in sys.modules if name.partition(".")[0] in packages]:
                del sys.modules[name]
            warnings.simplefilter("error", ImportWarning)
            exec(f"{ORDERS[order]}\n{REGISTERED}", {})
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Two packages under the hook, and whether flip_mm.register was asked for: packages['calls']."""
    calls = []
    (tmp_path / "hooked_a").mkdir()
    (tmp_path / "hooked_a/__init__.py").write_text("import hooked_b.trigger\nlate = 1\n")
    (tmp_path / "hooked_b").mkdir()
    (tmp_path / "hooked_b/__init__.py").write_text("")
    (tmp_path / "hooked_b/trigger.py").write_text("loader = __spec__.loader\n")
    (tmp_path / "hooked_b/broken.py").write_text("import hooked_b.trigger\nraise ValueError('broken')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(import_hook, "PACKAGES", ("hooked_a", "hooked_b"))
    monkeypatch.setattr(import_hook, "TRIGGERS", ("hooked_b.trigger",))
    monkeypatch.setattr(import_hook, "import_module", lambda name: calls.append((name, sys.modules.get("hooked_a"))))
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    import_hook.register_when_needed()
    yield calls
    for name in [name for name in sys.modules if name.startswith("hooked_")]:
        del sys.modules[name]


def test_it_waits_until_no_import_is_in_progress(packages):
    module = import_module("hooked_a")
    assert packages == [("flip_mm.register", module)]
    assert module.late == 1
    import_module("hooked_b")
    assert len(packages) == 1


def test_a_failed_import_leaves_the_hook_ready(packages):
    with pytest.raises(ValueError, match="broken"):
        import_module("hooked_b.broken")
    assert packages == []
    import_module("hooked_a")
    assert len(packages) == 1


def test_modules_see_their_own_loader(packages):
    loader = import_module("hooked_b.trigger").loader
    assert type(loader).__name__ == "SourceFileLoader"


def test_it_registers_at_once_where_a_trigger_is_loaded(packages):
    import_module("hooked_b.trigger")
    import_hook.register_when_needed()
    assert [name for name, _ in packages] == ["flip_mm.register"] * 2
