# SPDX-License-Identifier: Apache-2.0
from functools import partial

import numpy as np
import pytest
import yaml
from PIL import Image

from flip_mm.qualify.open_subject import open_subject
from flip_mm.qualify.qualification import qualify
from flip_mm.qualify.samples import read_folder
from flip_mm.qualify.scenes import find_by_detector

SIZE = 16
# What is right for the graph of the fixture below.
RIGHT = dict(size=SIZE, colour="RGB", mean=[0, 0, 0], std=[255, 255, 255], crop="whole", live=1, softmax=True)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """12 live pictures, 6 prints and 6 replays; live ones are redder."""
    root, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    for folder, count, red in (("real", 12, 0.62), ("spoof/print", 6, 0.40), ("spoof/replay", 6, 0.45)):
        (root / folder).mkdir(parents=True)
        for number in range(count):
            colour = [red + rng.normal(0, 0.02), 0.5, rng.uniform(0.3, 0.7)]
            pixels = np.clip(255 * (np.array(colour) + rng.normal(0, 0.05, (24, 24, 3))), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(root / folder / f"{number}.png")
    return root


@pytest.fixture(scope="session")
def graph(tmp_path_factory):
    """graph(softmax=2, ...): path of a small ONNX file: softmax of 40 (red - 0.53) for live, of pixels in 0..1."""
    from onnx import TensorProto, checker, helper, save

    folder = tmp_path_factory.mktemp("graphs")

    def make(softmax=1, swapped=False, batch="N", layout="NCHW", classes=2, dtype=TensorProto.FLOAT):
        live = 0 if swapped else 1
        weight, bias = np.zeros((3, classes), np.float32), np.full(classes, 0.53 * 20, np.float32)
        weight[0], weight[0, live], bias[live] = -20, 20, -0.53 * 20
        is_first = layout == "NCHW"
        shape = [batch, 3, SIZE, SIZE] if is_first else [batch, SIZE, SIZE, 3]
        tensors = [
            helper.make_tensor("weight", TensorProto.FLOAT, weight.shape, weight.ravel()),
            helper.make_tensor("bias", TensorProto.FLOAT, bias.shape, bias),
            helper.make_tensor("axes", TensorProto.INT64, (2,), [2, 3] if is_first else [1, 2]),
        ]
        nodes = [
            helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMean", ["float", "axes"], ["means"], keepdims=0),
            helper.make_node("Gemm", ["means", "weight", "bias"], ["out0"]),
            *(helper.make_node("Softmax", [f"out{i}"], [f"out{i + 1}"], axis=1) for i in range(softmax)),
        ]
        image = helper.make_tensor_value_info("image", dtype, shape)
        out = helper.make_tensor_value_info(f"out{softmax}", TensorProto.FLOAT, [batch, classes])
        opset = [helper.make_opsetid("", 18)]
        model = helper.make_model(helper.make_graph(nodes, "red", [image], [out], tensors), opset_imports=opset, ir_version=9)
        checker.check_model(model)
        path = folder / f"{len(list(folder.iterdir()))}.onnx"
        save(model, str(path))
        return path

    return make


@pytest.fixture
def describe(tmp_path):
    """describe(live=0, ...): path of a YAML file that is right but for these keys; None removes a key."""

    def write(**changes):
        path = tmp_path / "description.yaml"
        content = {key: value for key, value in {**RIGHT, **changes}.items() if value is not None}
        path.write_text(yaml.safe_dump(content))
        return path

    return write


@pytest.fixture
def judge(pictures):
    """judge(detector, description, ...): the qualification on the pictures."""

    def run(detector, description=None, root=pictures, **arguments):
        subject = open_subject(str(detector), description)
        return qualify(subject, read_folder(root), find_by_detector("given"), **arguments)

    return run


@pytest.fixture
def command(run_command):
    """command(*arguments): exit code, stdout and stderr of flip_mm qualify."""
    return partial(run_command, "qualify")
