# SPDX-License-Identifier: Apache-2.0
"""A prediction of an .onnx file, in a new Python that cannot import torch, MMEngine and MMPretrain."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
SCRIPT = """
import json, sys

class Blocked:
    names = {"torch", "torchvision", "mmengine", "mmcv", "mmpretrain", "open_clip", "timm", "onnx", "onnxscript", "sklearn"}

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ImportError(f"{name} is not installed")

sys.meta_path.insert(0, Blocked())
import numpy as np
import flip_mm.inference.detector
from flip_mm.inference.open_runtime import open_runtime

found = open_runtime(sys.argv[1], threads=1)([np.load(sys.argv[2])])
print(json.dumps(found.p_real().tolist()))
try:
    open_runtime(sys.argv[3])
except ImportError as error:
    print(error)
"""


def test_answers(exported, tmp_path):
    from safetensors.numpy import save

    np.save(tmp_path / "crops.npy", exported.crops(3))
    other = tmp_path / "x.safetensors"
    other.write_bytes(save({"a": np.ones(1)}, {"flip_mm": exported.card.to_json()}))
    command = [sys.executable, "-c", SCRIPT, exported.file, tmp_path / "crops.npy", other]
    done = subprocess.run(command, env={"PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    answers, refusal = done.stdout.splitlines()
    from flip_mm.inference.open_runtime import open_runtime

    want = open_runtime(exported.file, threads=1)([exported.crops(3)]).p_real()
    np.testing.assert_allclose(json.loads(answers), want, atol=1e-7)
    assert refusal.startswith("A .safetensors model needs torch")
