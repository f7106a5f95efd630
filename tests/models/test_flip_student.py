# SPDX-License-Identifier: Apache-2.0
"""A student and its teacher, without a runner."""

import copy

import pytest
import torch
from mmengine.config import Config
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

from flip_mm.config_checks.check_config import check_config
from flip_mm.models.losses import distill_embeddings, distill_logits

LOSSES = dict(
    logits=dict(type="LogitDistillationLoss", temperature=2.0),
    embeddings=dict(type="EmbeddingDistillationLoss", num_views=2),
)
CNN = dict(type="SmallCNN", channels=(4, 8), embed_dims=24, image_size=32)


def samples(n=4):
    return [DataSample().set_gt_label(i % 2) for i in range(n)]


@pytest.fixture
def teacher_files(model_config, tmp_path):
    """teacher_files('mcl', backbone=..., deploy=True): config and checkpoint of a teacher with random weights, and itself."""

    def make(method, deploy=False, **kwargs):
        config = model_config(method, **kwargs)
        model = MODELS.build(copy.deepcopy(config))
        if deploy:
            model.switch_to_deploy()
        Config(dict(model=config)).dump(tmp_path / "teacher.json")
        torch.save(dict(meta=dict(flip_mm=dict(seed=3)), state_dict=model.state_dict()), tmp_path / "teacher.pth")
        return dict(config=str(tmp_path / "teacher.json"), checkpoint=str(tmp_path / "teacher.pth")), model

    return make


@pytest.fixture
def make_student(prompts):
    def make(files, backbone=CNN, head=(), **kwargs):
        head = dict(type="FLIPITHead", prompts=prompts, losses=LOSSES) | dict(head)
        return MODELS.build(dict(type="FLIPStudent", backbone=dict(backbone), head=head, teacher=files, **kwargs))

    return make


@pytest.fixture
def taught(teacher_files, make_student):
    """A student with its teacher, and the teacher's model."""
    files, teacher = teacher_files("mcl")
    student = make_student(files)
    student.init_weights()
    return student, teacher.eval()


def test_losses_compare_the_same_views(taught):
    student, teacher = taught
    student.train()
    views = list(torch.randn(3, 4, 3, 32, 32))
    terms = student.loss(views, samples())
    with torch.no_grad():
        text, scale = teacher.encode_prompts()
        theirs = [teacher.encode_images(view) for view in views[:2]]
        ours = student.encode_images(torch.cat(views[:2])).chunk(2)
        logits = student.head(ours[0], text, student.backbone.logit_scale)
        want = distill_logits(logits, teacher.head(theirs[0], text, scale), 2.0)
    torch.testing.assert_close(terms["loss_logits"], want)
    torch.testing.assert_close(terms["loss_embeddings"], distill_embeddings(torch.stack(ours), torch.stack(theirs)))
    torch.testing.assert_close(terms["loss_ce"], torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1, 0, 1])))
    total, _ = student.parse_losses(terms)
    total.backward()
    assert [name for name, p in student.named_parameters() if p.grad is None] == []


def test_the_teacher_is_no_part_of_the_student(taught):
    student, teacher = taught
    before = copy.deepcopy(teacher.state_dict())
    optimizer = torch.optim.Adam(student.parameters(), 0.1)
    student.train()
    for _ in range(2):
        student.parse_losses(student.loss(list(torch.randn(2, 4, 3, 32, 32)), samples()))[0].backward()
        optimizer.step()
    assert not student._teacher.training
    assert all(torch.equal(value, before[name]) for name, value in student._teacher.state_dict().items())
    assert not any(parameter.requires_grad for parameter in student._teacher.parameters())
    assert {name.split(".")[0] for name in student.state_dict()} == {"backbone", "prompt_embeddings"}
    assert not any("text_tower" in name for name in student.state_dict())
    # It moves with the student, so that both are on one device.
    student.double()
    assert {p.dtype for p in student._teacher.parameters()} == {torch.float64}


def test_a_student_starts_with_the_prompts_of_its_teacher(taught):
    student, teacher = taught
    with torch.no_grad():
        text, scale = teacher.encode_prompts()
    torch.testing.assert_close(student.prompt_embeddings, text)
    torch.testing.assert_close(student.backbone.logit_scale.data, scale)
    assert student.teacher_meta == dict(flip_mm=dict(seed=3))
    scores = torch.stack([sample.pred_score for sample in student.eval().predict(torch.randn(4, 3, 32, 32))])
    torch.testing.assert_close(scores.sum(1), torch.ones(4))


def test_a_trained_student_needs_no_teacher(taught, make_student):
    student, x = taught[0].eval(), torch.randn(2, 3, 32, 32)
    alone = make_student(None).eval()
    assert alone(x).isnan().all()
    alone.load_state_dict(student.state_dict())
    torch.testing.assert_close(alone(x), student(x))
    with pytest.raises(RuntimeError, match="The teacher is not loaded: call init_weights"):
        alone.loss([x, x], samples(2))
    with pytest.raises(RuntimeError, match="prompts of a student are those of its teacher"):
        alone.set_prompts({})


def test_a_deployed_student_is_a_deployed_flip(teacher_files, make_student, model_config, arch):
    files, _ = teacher_files("it")
    student = make_student(files, backbone=dict(type="OpenCLIP", arch=arch)).eval()
    student.init_weights()
    x = torch.randn(2, 3, 32, 32)
    want = student(x)
    student.switch_to_deploy()
    torch.testing.assert_close(student(x), want)
    flip = MODELS.build(model_config("it", deploy=True))
    flip.load_state_dict(student.state_dict())
    torch.testing.assert_close(flip(x), want)
    again = make_student(None, backbone=dict(type="OpenCLIP", arch=arch), deploy=True)
    again.load_state_dict(student.state_dict())
    torch.testing.assert_close(again(x), want)


def test_a_student_may_be_a_teacher(taught, make_student, prompts, tmp_path):
    student, _ = taught
    config = dict(type="FLIPStudent", backbone=CNN, head=dict(type="FLIPITHead", prompts=prompts))
    Config(dict(model=config)).dump(tmp_path / "second.json")
    torch.save(dict(state_dict=student.state_dict()), tmp_path / "second.pth")
    second = make_student(dict(config=str(tmp_path / "second.json"), checkpoint=str(tmp_path / "second.pth")))
    second.init_weights()
    torch.testing.assert_close(second.prompt_embeddings, student.prompt_embeddings)


@pytest.mark.parametrize(
    ("method", "teacher", "student", "message"),
    [
        ("v", {}, {}, "a FLIP with FLIPVHead has no embeddings of prompts; take a FLIP-IT or FLIP-MCL"),
        ("it", dict(deploy=True), {}, "is a deployed model without its prompts: give the training's checkpoint"),
        ("it", dict(backbone=dict(image_size=64)), {}, r"image_size: the student has \(32, 32\), its teacher .* \(64, 64\)"),
        ("it", {}, dict(backbone=CNN | dict(embed_dims=8)), "embed_dims: the student has 8, its teacher .* has 24"),
        ("it", {}, dict(head=dict(prompts=dict(real=["a"], spoof=["b"]))), r"prompts: the student has \['b', 'a'\]"),
        ("it", {}, dict(head=dict(normalize_prompts=True)), "normalize_prompts: the student has True"),
        ("it", {}, dict(data_preprocessor=dict(mean="backbone", std="backbone")), "three numbers each"),
        ("it", dict(data_preprocessor=dict(mean=[0.5] * 3, std=[0.5] * 3)), {}, r"data_preprocessor.mean: the student has"),
    ],
)
def test_a_teacher_that_does_not_fit(teacher_files, make_student, method, teacher, student, message):
    files, _ = teacher_files(method, **teacher)
    with pytest.raises(ValueError, match=message):
        make_student(files, **student).init_weights()


def test_missing_and_foreign_files(teacher_files, make_student, model_config, tmp_path):
    files, model = teacher_files("it")
    with pytest.raises(ValueError, match=r"model.teacher must be dict\(config=..., checkpoint=...\)"):
        make_student(dict(config=files["config"])).init_weights()
    for name, error, message in (
        ("config", FileNotFoundError, "No config at 'gone'"),
        ("checkpoint", FileNotFoundError, "No checkpoint at 'gone'"),
    ):
        with pytest.raises(error, match=message):
            make_student(files | {name: "gone"}).init_weights()
    torch.save([1], tmp_path / "teacher.pth")
    with pytest.raises(ValueError, match="contains no weights: give a checkpoint of a training"):
        make_student(files).init_weights()
    torch.save(dict(state_dict=MODELS.build(model_config("mcl")).state_dict()), tmp_path / "teacher.pth")
    with pytest.raises(ValueError, match=r"does not fit the model of .*unknown.*head\.projector"):
        make_student(files).init_weights()
    state = {name: value for name, value in model.state_dict().items() if name != "backbone.logit_scale"}
    torch.save(dict(state_dict=state), tmp_path / "teacher.pth")
    with pytest.raises(ValueError, match=r"1 weights are missing.*backbone\.logit_scale"):
        make_student(files).init_weights()


def test_distillation_without_a_teacher(build, prompts):
    with pytest.raises(
        ValueError, match=r"losses\.logits: LogitDistillationLoss needs a teacher: set model\.type='FLIPStudent'"
    ):
        build("it", head=dict(losses=LOSSES))


def test_misspelt_settings_are_found(make_student, teacher_files):
    cfg = Config.fromfile("configs/flip_student_demo.py")
    cfg.model.teacher.checkpiont = cfg.model.teacher.pop("checkpoint")
    with pytest.raises(ValueError, match=r"model\.teacher\.checkpiont=.*did you mean checkpoint"):
        check_config(cfg)


def test_the_layers_of_the_cnn():
    cnn = MODELS.build(CNN).eval()
    x = torch.randn(2, 3, 32, 32)
    features, embeddings = cnn.encode_image(x)
    h = x
    for number in range(2):
        conv, bn = cnn.visual.get_submodule(f"conv{number}"), cnn.visual.get_submodule(f"bn{number}")
        h = bn(torch.nn.functional.conv2d(h, conv.weight, stride=2, padding=1)).clamp(min=0)
    assert h.shape == (2, 8, 8, 8)
    torch.testing.assert_close(features, h.mean((2, 3)))
    torch.testing.assert_close(embeddings, h.mean((2, 3)) @ cnn.visual_projection)
    with pytest.raises(ValueError, match=r"images of \(16, 16\) px .* takes \(32, 32\)"):
        cnn.encode_image(torch.zeros(1, 3, 16, 16))
    for channels in ((), (4, 0)):
        with pytest.raises(ValueError, match="channels must be numbers of at least 1"):
            MODELS.build(CNN | dict(channels=channels))
