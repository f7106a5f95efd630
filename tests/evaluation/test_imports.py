# SPDX-License-Identifier: Apache-2.0
"""Metrics, score files and tables import numpy only, and work without torch."""

import subprocess
import sys
from pathlib import Path

import flip_mm

CODE = """
import sys
from importlib import import_module
from types import ModuleType

package = sys.modules["flip_mm"] = ModuleType("flip_mm")
package.__path__ = [sys.argv[1]]
for name in sys.argv[2:]:
    import_module(f"flip_mm.evaluation.{name}")
heavy = {"torch", "mmengine", "mmpretrain", "mmcv", "sklearn", "scipy", "matplotlib", "cv2", "PIL"}
print(*sorted(heavy & sys.modules.keys()))
"""
NEED_TORCH = {"fas_metric", "gather"}


def test_only_the_registered_metric_imports_torch():
    folder = Path(flip_mm.__file__).parent
    names = {path.stem for path in (folder / "evaluation").glob("[!_]*.py")} - NEED_TORCH
    assert {"report", "results_table", "score_file"} <= names
    command = [sys.executable, "-c", CODE, str(folder), *sorted(names)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == []
