# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

METHODS = ["v", "it", "mcl"]


def samples(n=4):
    return [DataSample().set_gt_label(i % 2) for i in range(n)]


def batch(method, n=4):
    views = list(torch.randn(3, n, 3, 32, 32))
    return views if method == "mcl" else views[0]


@pytest.mark.parametrize("method", METHODS)
def test_every_parameter_gets_a_gradient(build, method):
    model = build(method).train()
    total, _ = model.parse_losses(model.loss(batch(method), samples()))
    total.backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize("method", METHODS)
def test_predict_returns_mmpretrains_samples(build, method):
    model, given = build(method).eval(), samples()
    x = torch.randn(4, 3, 32, 32)
    predictions = model(x, given, mode="predict")
    scores = torch.stack([p.pred_score for p in predictions])
    torch.testing.assert_close(scores, model(x).softmax(1))
    assert [p.gt_label.item() for p in predictions] == [0, 1, 0, 1]
    assert all(p.pred_label.item() == p.pred_score.argmax().item() for p in predictions)
    assert len(model.predict(x)) == 4


@pytest.mark.parametrize(("method", "width"), [("v", 64), ("it", 24), ("mcl", 24)])
def test_extract_feat_stages(build, method, width):
    model, x = build(method).eval(), torch.randn(2, 3, 32, 32)
    assert model.extract_feat(x, "backbone")[0].shape == (2, 64)
    assert model.extract_feat(x)[0].shape == (2, width)
    assert model.extract_feat(x, "pre_logits").shape == (2, 512 if method == "v" else 24)
    with pytest.raises(ValueError, match="stage"):
        model.extract_feat(x, "head")


def test_three_views_need_one_call_of_the_image_tower(build):
    model, calls = build("mcl").train(), []
    model.backbone.visual.register_forward_hook(lambda _, inputs, __: calls.append(len(inputs[0])))
    views = batch("mcl")
    together = model.loss(views, samples(), prompt_views=(torch.eye(4), torch.eye(4)))
    assert calls == [12]
    alone = torch.stack([model.encode_images(view) for view in views])
    separate = model.head.loss(alone, *model.encode_prompts(), samples(), prompt_views=(torch.eye(4), torch.eye(4)))
    for name in together:
        torch.testing.assert_close(together[name], separate[name])


def test_views_that_the_head_does_not_need_are_ignored(build):
    model = build("it").eval()
    views = batch("mcl")
    torch.testing.assert_close(model.loss(views, samples()), model.loss(views[0], samples()))


def test_too_few_views(build):
    with pytest.raises(ValueError, match=r"ce, simclr, mse. need 3 views of every image, the data gives 1"):
        build("mcl").loss(torch.randn(4, 3, 32, 32), samples())


def test_v_builds_no_text_tower_and_no_projection(build):
    names = [name for name, _ in build("v").named_parameters()]
    assert all(name.startswith(("backbone.visual.", "head.")) for name in names)
    assert "backbone.visual.proj" not in names


@pytest.mark.parametrize(("method", "text", "message"), [("v", True, "does not use"), ("it", False, "needs")])
def test_head_and_text_tower_must_agree(build, method, text, message):
    with pytest.raises(ValueError, match=f"{message} the text tower: set model.backbone.text={not text}"):
        build(method, backbone=dict(text=text))


def test_prompt_longer_than_the_context(build, prompts):
    prompts["real"][2] = "a " * 30 + "face"
    with pytest.raises(ValueError, match=r"needs 33 tokens .* takes 16"):
        build("it", head=dict(prompts=prompts))


def test_image_size_against_backbone(build):
    with pytest.raises(ValueError, match=r"\(48, 48\) px.*\(32, 32\).*model.backbone.image_size=48"):
        build("it").predict(torch.randn(2, 3, 48, 48))
    model = build("it", backbone=dict(image_size=48)).eval()
    assert len(model.predict(torch.randn(2, 3, 48, 48))) == 2


def test_normalisation_of_the_published_tables_and_of_the_backbone(build):
    imagenet = build("it").data_preprocessor
    torch.testing.assert_close(imagenet.mean.flatten() / 255, torch.tensor([0.485, 0.456, 0.406]))
    torch.testing.assert_close(imagenet.std.flatten() / 255, torch.tensor([0.229, 0.224, 0.225]))
    clip = build("it", data_preprocessor=dict(mean="backbone", std="backbone")).data_preprocessor
    torch.testing.assert_close(clip.mean.flatten() / 255, torch.tensor([0.48145466, 0.4578275, 0.40821073]))
    with pytest.raises(ValueError, match="both be 'imagenet', both 'backbone'"):
        build("it", data_preprocessor=dict(mean="backbone"))


@pytest.mark.parametrize("data", [{}, {"img": 1}, [1]])
def test_samples_that_were_not_packed_are_refused(data):
    preprocessor = MODELS.build(dict(type="FASDataPreprocessor"))
    with pytest.raises(ValueError, match=r"pipeline have no 'inputs': end it with dict\(type='PackInputs'\)"):
        preprocessor(data, training=True)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize("to_rgb", [False, True])
def test_preprocessor_equals_mmpretrains(dtype, to_rgb):
    views = [torch.randint(0, 256, (2, 3, 8, 8)).to(dtype) for _ in range(2)]
    before = [view.clone() for view in views]
    ours = MODELS.build(dict(type="FASDataPreprocessor", mean="imagenet", to_rgb=to_rgb))
    theirs = dict(
        type="SelfSupDataPreprocessor", mean=ours.mean.flatten().tolist(), std=ours.std.flatten().tolist(), to_rgb=to_rgb
    )
    batch = dict(inputs=views, data_samples=samples(2))
    for own, other in zip(ours(batch)["inputs"], MODELS.build(theirs)(batch)["inputs"], strict=True):
        assert own.dtype == torch.float32
        assert torch.equal(own, other)
    assert all(map(torch.equal, views, before))


@pytest.mark.parametrize("views", [1, 3])
def test_preprocessor_equals_torchvision(views):
    from torchvision.transforms import v2

    preprocessor = MODELS.build(dict(type="FASDataPreprocessor"))
    raw = torch.randint(0, 256, (views, 2, 3, 8, 8), dtype=torch.uint8)
    want = v2.functional.normalize(raw.float() / 255, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    inputs = raw[0] if views == 1 else list(raw)
    out = preprocessor(dict(inputs=inputs, data_samples=samples(2)), training=True)
    got = out["inputs"][None] if views == 1 else torch.stack(out["inputs"])
    torch.testing.assert_close(got, want, atol=1e-5, rtol=0)
    assert out["data_samples"][1].gt_label.item() == 1


def test_batch_augments_and_unknown_keys_are_refused(build):
    with pytest.raises(ValueError, match="mix real and spoof"):
        build("it", train_cfg=dict(augments=dict(type="Mixup", alpha=0.2)))
    with pytest.raises(TypeError, match="nekc"):
        build("it", nekc=None)


@pytest.mark.parametrize(
    "bad",
    [
        dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
        dict(mean=[0.5, 0.5], std=[0.5, 0.5]),
        dict(mean=[0.5] * 3, std=[0, 0, 0]),
        dict(mean=None, std=None),
    ],
)
def test_bad_normalisation(bad):
    with pytest.raises(ValueError, match=r"three numbers each for RGB in 0..1 \(not 0..255\)"):
        MODELS.build(dict(type="FASDataPreprocessor", **bad))


@pytest.mark.parametrize("head", [dict(type="LinearClsHead"), dict(type="FLIPHed"), dict(type=None)])
def test_foreign_heads_are_refused(model_config, head):
    config = model_config("it") | dict(head=head)
    with pytest.raises(ValueError, match="is no head of FLIP; use FLIPVHead, FLIPITHead or FLIPMCLHead"):
        MODELS.build(config)


def test_a_test_takes_one_view(build):
    with pytest.raises(ValueError, match="one view of every image"):
        build("mcl").predict(batch("mcl"))


@pytest.mark.parametrize("method", ["v", "it", "mcl"])
def test_a_deployed_model_predicts_the_same_without_text_tower_and_projector(build, method):
    model = build(method).eval()
    x = torch.randn(4, 3, 32, 32)
    want = scores(model, x)
    model.switch_to_deploy()
    model.switch_to_deploy()
    torch.testing.assert_close(scores(model, x), want, rtol=0, atol=1e-6)
    names = set(model.state_dict())
    assert not [name for name in names if "text_tower" in name or "projector" in name]
    assert ("class_embeddings" in names) is (method != "v")
    again = build(method, deploy=True)
    again.load_state_dict(model.state_dict())
    assert torch.equal(scores(again, x), scores(model, x))
    with pytest.raises(RuntimeError, match="A deployed model cannot be trained"):
        again.loss([x, x, x], samples())
    with pytest.raises(RuntimeError, match="cannot be replaced without a text tower"):
        again.set_prompts(dict(real=["a"], spoof=["b"]))


def scores(model, x):
    with torch.no_grad():
        return torch.stack([sample.pred_score for sample in model.predict(x)])


def test_prompts_can_be_replaced(build, prompts):
    model, x = build("it").eval(), torch.randn(4, 3, 32, 32)
    before = scores(model, x)
    others = dict(real=["a live person"], spoof=["a photo of a photo"])
    model.set_prompts(others)
    want = build("it", head=dict(prompts=others)).eval()
    want.load_state_dict(model.state_dict())
    assert torch.equal(scores(model, x), scores(want, x))
    assert model.head.prompts == want.head.prompts
    assert not torch.equal(scores(model, x), before)
    model.set_prompts(prompts)
    assert torch.equal(scores(model, x), before)
    with pytest.raises(ValueError, match="needs 42 tokens"):
        model.set_prompts(dict(real=["a " * 40], spoof=["b"]))
    assert torch.equal(scores(model, x), before)
