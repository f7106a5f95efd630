# SPDX-License-Identifier: Apache-2.0
"""Plain networks give the answers of the models that they are made of, bit for bit."""

import numpy as np
import pytest
import torch
from mmpretrain.registry import MODELS

from flip_mm.export.plain_network import plain_network
from flip_mm.inference.model_card import InputSpec, ModelCard
from flip_mm.inference.model_file import write_safetensors
from flip_mm.inference.open_runtime import open_runtime

VIT = dict(image_size=32, layers=2, width=64, patch_size=16)
RESNET = dict(image_size=32, layers=[1, 1, 1, 1], width=16, head_width=16)
TIMM = dict(timm_model_name="test_convnext", timm_model_pretrained=False, image_size=32, timm_pool="avg", timm_proj="linear")


def randomised(model):
    """A model with other values than those at its beginning, e.g. in BatchNorm."""
    generator = torch.Generator().manual_seed(0)
    for value in (*model.parameters(), *model.buffers()):
        if value.is_floating_point() and value.numel() > 1:
            value.data.add_(0.05 * torch.rand(value.shape, generator=generator))
    return model.eval()


def erm():
    return dict(
        type="ImageClassifier",
        backbone=dict(type="ResNet", depth=18),
        neck=dict(type="GlobalAveragePooling"),
        head=dict(type="LinearClsHead", num_classes=2, in_channels=512),
        data_preprocessor=dict(type="FASDataPreprocessor"),
    )


CASES = {
    "it": ("it", VIT, {}),
    "mcl-quickgelu": ("mcl", VIT, dict(quick_gelu=True)),
    "mcl-resnet": ("mcl", RESNET, {}),
    "mcl-timm": ("mcl", TIMM, {}),
    "v": ("v", VIT, {}),
    "v-resnet": ("v", RESNET, {}),
}


@pytest.fixture
def make_model(model_config, arch):
    def make(name):
        if name == "erm":
            return randomised(MODELS.build(erm()))
        method, vision, extra = CASES[name]
        backbone = dict(arch={**arch, "vision_cfg": vision}, **extra)
        return randomised(MODELS.build(model_config(method, backbone=backbone)))

    return make


@pytest.mark.parametrize("name", [*CASES, "erm"])
def test_a_file_answers_as_its_model(make_model, tmp_path, name):
    model = make_model(name)
    plain = plain_network(model)
    size = plain.size or (32, 32)
    mean, std = (tuple(values.flatten().tolist()) for values in (model.data_preprocessor.mean, model.data_preprocessor.std))
    card = ModelCard(name, plain.architecture, (InputSpec(size, mean, std),), prompts=plain.prompts)
    path = tmp_path / "m.safetensors"
    write_safetensors(path, card, {key: value.numpy() for key, value in plain.network.state_dict().items()})

    crops = np.random.default_rng(0).integers(0, 256, (3, *size, 3), np.uint8)
    data = model.data_preprocessor(dict(inputs=torch.from_numpy(crops).permute(0, 3, 1, 2)))
    with torch.inference_mode():
        want = model(data["inputs"], mode="tensor").numpy()
    runtime = open_runtime(path)
    found = runtime([crops])
    assert np.ptp(want) > 0
    np.testing.assert_allclose(found.logits, want, rtol=0, atol=2e-6 * np.abs(want).max())
    if name.startswith("v") or name == "erm":
        assert found.similarities is None
        assert runtime.card.sentences == []
        return
    # The class embedding is the mean of the prompts before they are normalised, so similarities are checked on their own.
    with torch.inference_mode():
        image = model.encode_images(data["inputs"])
        text = model.encode_prompts()[0]
        similar = torch.nn.functional.cosine_similarity(image[:, None], text[None], dim=-1)
    np.testing.assert_allclose(found.similarities, similar.numpy(), atol=1e-6)
    assert runtime.card.sentences == model.head.prompts
    assert found.similarities.shape[1] == len(model.head.prompts)


def test_a_deployed_model_has_no_similarities(make_model):
    model = make_model("it")
    want = plain_network(model).network
    model.switch_to_deploy()
    plain = plain_network(model)
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        torch.testing.assert_close(plain.network(images)[0], want(images)[0])
    assert plain.prompts == {}
    assert plain.network(images)[1].shape == (2, 0)


def test_other_models_are_refused():
    model = MODELS.build(
        {**erm(), "backbone": dict(type="MobileNetV2"), "head": dict(type="LinearClsHead", num_classes=2, in_channels=1280)}
    )
    with pytest.raises(ValueError, match=r"ImageClassifier with MobileNetV2 cannot be written as .safetensors.*write .onnx"):
        plain_network(model)
