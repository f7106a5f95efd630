# SPDX-License-Identifier: Apache-2.0
"""Metrics, score files and tables import numpy only, and work without torch."""

import subprocess
import sys
from pathlib import Path

import flip_mm
from flip_mm.evaluation import write_scores

CODE = """
import sys
from importlib import import_module
from types import ModuleType

package = sys.modules["flip_mm"] = ModuleType("flip_mm")
package.__path__ = [sys.argv[1]]
for name in sys.argv[3:]:
    import_module(f"flip_mm.evaluation.{name}")
from flip_mm.evaluation import EvaluationOptions, make_reports, read_scores

make_reports({"target": read_scores(sys.argv[2])}, EvaluationOptions())["target"].bootstrap("video", 2)
heavy = {"torch", "mmengine", "mmpretrain", "mmcv", "sklearn", "scipy", "matplotlib", "cv2", "PIL"}
heavy |= {"pandas", "polars", "pyarrow"}  # pyarrow is imported for large files
print(*sorted(heavy & sys.modules.keys()))
"""
NEED_TORCH = {"fas_metric", "gather"}


def test_only_the_registered_metric_imports_torch(frames, tmp_path):
    folder = Path(flip_mm.__file__).parent
    names = {path.stem for path in (folder / "evaluation").glob("[!_]*.py")} - NEED_TORCH
    assert {"report", "results_table", "score_file"} <= names
    write_scores(frames(), tmp_path / "s.csv")
    command = [sys.executable, "-c", CODE, str(folder), str(tmp_path / "s.csv"), *sorted(names)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == []
