# SPDX-License-Identifier: Apache-2.0
"""Models that are not FLIP train, resume, test, are scored and deployed with our tools, data and metrics."""

import itertools
import json
from pathlib import Path

import pytest
import torch
from fixtures.comparison import equal
from mmengine.model import BaseModel
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS
from torch import nn

from flip_mm.engine import ScoreReportHook
from flip_mm.evaluation import read_scores

ROOT = Path(__file__).parents[2]
NUMBER = itertools.count()
CONFIG = f"""
_base_ = ["{ROOT.as_posix()}/configs/erm/erm_r18_demo.py"]
custom_imports = dict(imports=["flip_mm"], allow_failed_imports=False)
train_dataloader = dict(batch_size=1, num_workers=0)
val_dataloader = dict(num_workers=0)
test_dataloader = dict(num_workers=0)
train_cfg = dict(max_iters=2, val_interval=1)
default_hooks = dict(checkpoint=dict(interval=1, max_keep_ckpts=-1), logger=dict(interval=1))
"""


@MODELS.register_module()
class BareModel(BaseModel):
    """No backbone, no head, no label in its predictions."""

    def __init__(self, data_preprocessor=None, outputs=2):
        super().__init__(data_preprocessor=data_preprocessor)
        layers = (nn.Conv2d(3, 8, 3, 4), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout())
        self.net = nn.Sequential(*layers, nn.Linear(8, outputs))

    def forward(self, inputs, data_samples=None, mode="tensor"):
        logits = self.net(inputs)
        if mode == "loss":
            return dict(loss=nn.functional.cross_entropy(logits, torch.cat([s.gt_label for s in data_samples])))
        return [s.set_pred_score(p) for s, p in zip(data_samples, logits.softmax(1), strict=True)]


@MODELS.register_module()
class TwoPlayers(ImageClassifier):
    """A critic that classifies domains and a classifier trained against it, in alternation."""

    def __init__(self, domains, clears=True, **kwargs):
        super().__init__(**kwargs)
        self.clears = clears
        self.critic = nn.Sequential(nn.Dropout(), nn.Linear(32, domains))

    def train_step(self, data, optim_wrapper):
        data = self.data_preprocessor(data, True)
        domains = torch.tensor([sample.domain_index for sample in data["data_samples"]])
        with optim_wrapper["critic"].optim_context(self):
            (features,) = self.extract_feat(data["inputs"])
            critic = nn.functional.cross_entropy(self.critic(features.detach()), domains)
        optim_wrapper["critic"].update_params(critic)
        with optim_wrapper["classifier"].optim_context(self):
            losses = self.head.loss((features,), data["data_samples"])
            losses["loss_deceive"] = -0.1 * nn.functional.cross_entropy(self.critic(features), domains)
            total, terms = self.parse_losses(losses)
        optim_wrapper["classifier"].update_params(total)
        if self.clears:
            optim_wrapper.zero_grad()
        return dict(terms, loss_critic=critic)


RESNET = 'dict(type="ResNet", depth=18, stem_channels=4, base_channels=4, init_cfg=None)'
BACKBONE = "model = dict(backbone=dict(_delete_=True, {}), head=dict(in_channels={}))\n"
SMALL = f"model = dict(backbone={RESNET[:-1]}, _delete_=True), head=dict(in_channels=32))\n"
PLAYERS = (
    f'model = dict(type="TwoPlayers", domains=4, backbone={RESNET[:-1]}, _delete_=True), head=dict(in_channels=32))\n'
    'optim_wrapper = dict(_delete_=True, constructor="MultiOptimWrapperConstructor",\n'
    '    classifier=dict(parts=["backbone", "head"], optimizer=dict(type="SGD", lr=0.01, momentum=0.9)),\n'
    '    critic=dict(optimizer=dict(type="Adam", lr=0.1)))\n'
    "param_scheduler = dict(_delete_=True, critic=[],\n"
    '    classifier=[dict(type="CosineAnnealingLR", by_epoch=False, T_max=3)])\n'
)
# What a config of each adds to the baseline's.
MODELS_TRIED = {
    "ResNet-18": SMALL,
    "MobileNetV2": BACKBONE.format('type="MobileNetV2", widen_factor=0.1', 1280),
    "MobileNetV3": BACKBONE.format('type="MobileNetV3", arch="small_050"', 288),
    "without backbone": 'model = dict(_delete_=True, type="BareModel", data_preprocessor=dict(type="FASDataPreprocessor"))\n',
    "EMAHook": SMALL + 'custom_hooks = [dict(type="EMAHook")]\n',
    "several optimizers": PLAYERS,
}


@pytest.fixture
def call(run_tool, shared_mcio, tmp_path, monkeypatch):
    """call(tool, text of a config, *arguments, options=[...])."""
    monkeypatch.setattr("flip_mm.visualization.plot_report", lambda *_: [])

    def run(tool, text, *arguments, options=()):
        config = tmp_path / "any.py"
        config.write_text(CONFIG + text)
        options = (f"experiment_name=any_{next(NUMBER)}", *options)
        run_tool(tool, config, *arguments, "--data-root", shared_mcio, "--cfg-options", *options)

    return run


def load(path):
    return torch.load(path, weights_only=False)


@pytest.mark.parametrize("name", MODELS_TRIED)
def test_trains_resumes_tests_and_is_deployed(call, tmp_path, name):
    text, work = MODELS_TRIED[name], tmp_path / "work"
    call("train.py", text, "--work-dir", work)
    call("train.py", text, "--work-dir", tmp_path / "again", "--resume", work / "iter_1.pth")
    first, last, again = load(work / "iter_1.pth"), load(work / "iter_2.pth"), load(tmp_path / "again/iter_2.pth")
    for key in {"state_dict", "ema_state_dict", "optimizer", "param_schedulers"} & last.keys():
        assert equal(last[key], again[key]), key
    assert not equal(first["state_dict"], last["state_dict"])

    call("test.py", text, work / "iter_2.pth", "--work-dir", tmp_path / "tested")
    report = json.loads((tmp_path / "tested/figures_target.json").read_text())
    assert report["weights"] == ("ema" if name == "EMAHook" else "raw")
    deployed = tmp_path / "deployed.pth"
    call("model_converters/deploy.py", text, work / "iter_2.pth", deployed)
    assert load(deployed).keys() == {"meta", "state_dict"}
    call("test.py", text, deployed, "--work-dir", tmp_path / "deployed")
    scores = [read_scores(tmp_path / folder / "scores_target.csv").score for folder in ("tested", "deployed")]
    assert scores[0].tolist() == scores[1].tolist()
    assert len(set(scores[0])) > 1


TTA = f"""
model = dict(
    _delete_=True,
    type="AverageClsScoreTTA",
    module=dict(
        type="ImageClassifier",
        backbone={RESNET},
        neck=dict(type="GlobalAveragePooling"),
        head=dict(type="LinearClsHead", num_classes=2, in_channels=32),
        data_preprocessor=dict(type="FASDataPreprocessor"),
    ),
)
flips = [dict(type="torchvision/RandomHorizontalFlip", p=p) for p in (0.0, 1.0)]
views = dict(type="TestTimeAug", transforms=[flips, [{{{{_base_.to_numpy}}}}], [{{{{_base_.pack}}}}]])
pipeline = [{{{{_base_.load}}}}, {{{{_base_.to_pil}}}}, {{{{_base_.resize}}}}, views]
test_dataloader = dict(dataset=dict(pipeline=pipeline), collate_fn=dict(type="pseudo_collate", _delete_=True))
"""


MIRRORED = """
mirror = dict(type="torchvision/RandomHorizontalFlip", p=1.0)
pipeline = [{{_base_.load}}, {{_base_.to_pil}}, {{_base_.resize}}, mirror, {{_base_.to_numpy}}, {{_base_.pack}}]
test_dataloader = dict(dataset=dict(pipeline=pipeline))
"""


def test_test_time_augmentation(call, tmp_path):
    call("train.py", SMALL, "--work-dir", tmp_path)
    for name, text in (("both", TTA), ("plain", SMALL), ("mirrored", SMALL + MIRRORED)):
        call("test.py", text, tmp_path / "iter_2.pth", "--work-dir", tmp_path / name)
    both, plain, mirrored = (read_scores(tmp_path / name / "scores_target.csv").score for name in ("both", "plain", "mirrored"))
    assert both == pytest.approx((plain + mirrored) / 2, abs=1e-6)
    assert abs(plain - mirrored).max() > 1e-4


def test_gradients_that_a_step_leaves_behind_are_reported(call, tmp_path):
    for name, text in (("clears", PLAYERS), ("leaves", PLAYERS.replace("domains=4", "domains=4, clears=False"))):
        call("train.py", text, "--work-dir", tmp_path / name, options=["train_cfg.max_iters=1"])
        log = next((tmp_path / name).glob("*/*.log")).read_text()
        assert ("2 parameters still have gradients, critic.1.weight, critic.1.bias: " in log) == (name == "leaves")


def test_flags_of_a_training_with_several_optimizers(call, tmp_path):
    call("train.py", PLAYERS, "--work-dir", tmp_path, "--amp", "--auto-scale-lr", "--no-validate")
    log = next(tmp_path.glob("*/*.log")).read_text()
    # One image per domain and class, a third of the rate's 3.
    assert "Learning rate of classifier: 0.003333 at iteration 1" in log
    assert "Learning rate of critic: 0.03333 in iterations 1 to 2" in log


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SMALL.replace("in_channels=32", "in_channels=32, num_classes=1000"),
            r"model.head.num_classes=1000 must be 2: the classes",
        ),
        (
            MODELS_TRIED["without backbone"].replace('"BareModel"', '"BareModel", outputs=3'),
            r"pred_score of shape \(2,\).* got \(3,\)",
        ),
    ],
)
def test_another_number_of_classes_is_refused(call, tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        call("train.py", text, "--work-dir", tmp_path / "work")


def test_weights_of_another_model_are_refused_with_a_message(call, tmp_path, monkeypatch):
    monkeypatch.setattr(ScoreReportHook, "_write", lambda *_: None)
    call("train.py", SMALL, "--work-dir", tmp_path / "work")
    with pytest.raises(ValueError, match=r"does not fit BareModel: 9 missing in the file: net.*It was trained with any.py"):
        call("test.py", MODELS_TRIED["without backbone"], tmp_path / "work/iter_2.pth", "--work-dir", tmp_path / "tested")


def test_missing_weights_are_found_before_the_training(call, tmp_path):
    text = SMALL.replace("init_cfg=None", 'init_cfg=dict(type="Pretrained", checkpoint="no/r18.pth")')
    with pytest.raises(FileNotFoundError, match=r"no weight file 'no/r18\.pth', which model\.backbone\.init_cfg"):
        call("train.py", text, "--work-dir", tmp_path / "work")
