# SPDX-License-Identifier: Apache-2.0
"""Cards in OpenVINO's files, and its runtime."""

from dataclasses import replace

import numpy as np
import pytest

from flip_mm.inference.model_file import check_hash, model_files, read_card, weights_hash, write_card
from flip_mm.inference.open_runtime import open_runtime
from flip_mm.inference.openvino_metadata import read_metadata, with_metadata, without_metadata

XML = b"""<?xml version="1.0"?>
<net name="Model0" version="11">
\t<layers>
\t\t<layer id="0"><rt_info>\n\t\t</rt_info></layer>
\t</layers>
\t<rt_info>
\t\t<onnx value="source" />
\t</rt_info>
</net>
"""


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "m.xml"
    path.write_bytes(XML)
    path.with_suffix(".bin").write_bytes(b"weights")
    return path


def test_texts(model):
    assert read_metadata(model) == {}
    text = '{"a": "<&>\\" \u00e9", "b": [1]}'
    content = b"".join(with_metadata(model, {"flip_mm": text}))
    assert content.endswith(b"/></rt_info>\n</net>\n")
    before = b"".join(without_metadata(model))
    model.write_bytes(content)
    assert read_metadata(model) == {"flip_mm": text}
    assert b"".join(without_metadata(model)) == before == XML + b"weights"
    model.write_bytes(b"".join(with_metadata(model, {"flip_mm": "{}"})))
    assert read_metadata(model) == {"flip_mm": "{}"}


def test_cards(model, exported):
    card = replace(exported.card, sha256=weights_hash(model))
    write_card(model, card)
    assert read_card(model) == card
    check_hash(model, card)
    assert model_files(model) == [model, model.with_suffix(".bin")]
    model.with_suffix(".bin").write_bytes(b"Weights")
    with pytest.raises(ValueError, match="its weights differ from its hash"):
        check_hash(model, card)


@pytest.mark.parametrize("content", [b"", b"<html></html>", XML[:150], XML.replace(b"</net>", b""), b"\x00" * 100])
def test_other_files(model, content):
    model.write_bytes(content)
    with pytest.raises(ValueError, match=r"m\.xml' was refused: it is no OpenVINO model, or it is cut off\.$"):
        read_card(model)


def test_without_its_weights(model):
    model.with_suffix(".bin").unlink()
    with pytest.raises(ValueError, match=r"its weights 'm\.bin' are missing: keep both files in one folder\.$"):
        read_card(model)


def test_answers_of_openvino(exported, tmp_path):
    pytest.importorskip("openvino")
    from flip_mm.export.openvino_graph import convert

    path = tmp_path / "small.xml"
    convert(exported.graph, path, is_half=False)
    card = replace(exported.card, sha256=weights_hash(path))
    write_card(path, card)
    want = open_runtime(exported.file)([exported.crops(5)])
    for runtime in (open_runtime(path, threads=1), open_runtime(exported.file, runtime="openvino")):
        found = runtime([exported.crops(5)])
        np.testing.assert_allclose(found.logits, want.logits, atol=1e-5)
        np.testing.assert_allclose(found.similarities, want.similarities, atol=1e-5)
    path.write_bytes(path.read_bytes().replace(b'type="MatMul"', b'type="MetMul"'))
    with pytest.raises(ValueError, match="its weights differ from its hash"):
        open_runtime(path)
    write_card(path, replace(card, sha256=weights_hash(path)))
    with pytest.raises(ValueError, match=r"small\.xml' was refused: OpenVINO cannot read it: "):
        open_runtime(path)
