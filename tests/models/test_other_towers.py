# SPDX-License-Identifier: Apache-2.0
"""Image and text towers other than CLIP's ViT."""

import open_clip
import pytest
import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from timm.layers import resample_abs_pos_embed

TEXT = dict(context_length=16, width=64, heads=1, layers=1)


def build(arch, **kwargs):
    return MODELS.build(dict(type="OpenCLIP", arch=arch, **kwargs))


def timm_arch(name, size, pool, proj=None, **text):
    vision = dict(timm_model_name=name, timm_pool=pool, timm_proj=proj, image_size=size)
    return dict(embed_dim=24, vision_cfg=vision, text_cfg=TEXT | text, custom_text=True)


TOWERS = dict(
    resnet=dict(embed_dim=24, vision_cfg=dict(image_size=32, layers=[1, 1, 1, 1], width=8), text_cfg=TEXT),
    eva02=timm_arch("eva02_tiny_patch14_224", 56, "token"),
    mobileclip=timm_arch("fastvit_mci0", 64, "avg", no_causal_mask=True),
    convnext=timm_arch("test_convnext", 64, "avg", "linear"),
    vit=timm_arch("test_vit", 64, "token"),
    registers=timm_arch("vit_wee_patch16_reg1_gap_256", 64, "avg", "linear"),
)


# FLIP-IT trains a part of what FLIP-MCL trains.
@pytest.mark.parametrize(
    ("tower", "method"),
    [(tower, method) for tower in ("resnet", "eva02", "mobileclip", "convnext") for method in ("v", "mcl")]
    + [("resnet", "it")],
)
def test_other_towers_train_every_parameter(model_config, tower, method):
    arch = TOWERS[tower]
    model = MODELS.build(model_config(method, backbone=dict(arch=arch))).train()
    size = arch["vision_cfg"]["image_size"]
    assert model.backbone.image_size == (size, size)
    assert model.backbone.feature_dims == model.backbone.embed_dims == 24
    views = list(torch.randn(3, 2, 3, size, size))
    samples = [DataSample().set_gt_label(label) for label in (0, 1)]
    total, _ = model.parse_losses(model.loss(views if method == "mcl" else views[0], samples))
    total.backward()
    assert [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None] == []
    scores = torch.stack([sample.pred_score for sample in model.eval().predict(views[0])])
    torch.testing.assert_close(scores.sum(1), torch.ones(2))


@pytest.mark.parametrize(("tower", "text"), [("resnet", True), ("resnet", False), ("convnext", True), ("vit", False)])
def test_other_towers_load_their_own_weights(tower, text, tmp_path):
    source = build(TOWERS[tower]).eval()
    torch.save(dict(state_dict={f"backbone.{k}": v for k, v in source.state_dict().items()}), tmp_path / "own.pth")
    loaded = build(TOWERS[tower], pretrained=str(tmp_path / "own.pth"), text=text).eval()
    x = torch.randn(2, 3, *source.image_size)
    torch.testing.assert_close(loaded.encode_image(x)[0], source.encode_image(x)[0])
    if text:
        torch.testing.assert_close(loaded.encode_text(["a face"]), source.encode_text(["a face"]))


@pytest.mark.parametrize(("tower", "size"), [("eva02", 84), ("vit", 96), ("registers", 96)])
def test_position_embeddings_of_timm_towers_follow_the_image_size(tower, size, tmp_path):
    source = build(TOWERS[tower])
    torch.save(dict(state_dict={f"backbone.{k}": v for k, v in source.state_dict().items()}), tmp_path / "own.pth")
    larger = build(TOWERS[tower], pretrained=str(tmp_path / "own.pth"), image_size=size)
    assert larger.image_size == (size, size)
    assert larger.encode_image(torch.randn(1, 3, size, size))[0].shape == (1, 24)
    old, new = (backbone.visual.trunk.pos_embed.detach() for backbone in (source, larger))
    # A register has no position embedding.
    prefix = 0 if tower == "registers" else 1
    grid = (size // larger.visual.trunk.patch_embed.patch_size[0],) * 2
    assert new.shape[1] == prefix + grid[0] * grid[1] > old.shape[1]
    torch.testing.assert_close(new, resample_abs_pos_embed(old, list(grid), num_prefix_tokens=prefix))


def test_custom_text_towers_load_old_names(clip, arch, tmp_path):
    torch.save(clip.state_dict(), tmp_path / "clip.pt")
    backbone = build(arch | dict(custom_text=True), pretrained=str(tmp_path / "clip.pt"))
    tokens = open_clip.SimpleTokenizer(context_length=16)(["a face"])
    torch.testing.assert_close(backbone.eval().encode_text(["a face"]), clip.encode_text(tokens))


@pytest.mark.parametrize("key", ["hf_tokenizer_name", "hf_model_name", "tokenizer_kwargs"])
def test_an_architecture_dict_uses_clips_tokenizer(arch, key):
    arch["text_cfg"][key] = "bert"
    with pytest.raises(ValueError, match=rf"text_cfg has {key}: .*add_model_config"):
        build(arch)
