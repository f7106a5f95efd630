# SPDX-License-Identifier: Apache-2.0
"""Every entry of the checklist, with one changed field of a record that follows the published recipe."""

import copy

import pytest
from fixtures.nested import put

from flip_mm.reproduction.checklist import check_record, check_trainings
from flip_mm.reproduction.finding import DATA, MEASUREMENT, METHOD, ROUNDING, SAME, UNKNOWN, Finding
from flip_mm.reproduction.trainings import Training

SETTINGS = ("config", "settings")
OPTIMIZER = (*SETTINGS, "optim_wrapper", "optimizer")
HEAD = (*SETTINGS, "model", "head")
PRE = (*SETTINGS, "model", "data_preprocessor")
PIPELINE = (*SETTINGS, "train_dataloader", "dataset", "pipeline")
TEST_LIST = ("data", "val", "O", "lists", "oulu_real_test.txt")
WEIGHTS = ("weights",)
SHA = "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f"
# Place in the record, its value there (... for none), and the finding: severity, subject, a part of its text.
CHANGES = [
    ((*SETTINGS, "train_cfg", "max_iters"), 800, METHOD, "iterations", "iterations 800 instead of 4000"),
    ((*SETTINGS, "train_cfg", "val_interval"), 500, METHOD, "validation interval", "500 instead of 100"),
    ((*SETTINGS, "train_dataloader", "batch_size"), 8, METHOD, "batch per stream", "8 instead of 3"),
    ((*OPTIMIZER, "type"), "AdamW", METHOD, "optimizer", "AdamW instead of Adam"),
    ((*OPTIMIZER, "lr"), 1e-5, METHOD, "learning rate", "1e-05 instead of 1e-06"),
    ((*OPTIMIZER, "weight_decay"), 0, METHOD, "weight decay", "0 instead of 1e-06"),
    ((*OPTIMIZER, "fused"), True, ROUNDING, "fused optimizer", "yes instead of no"),
    ((*OPTIMIZER, "amsgrad"), True, METHOD, "optim_wrapper.optimizer.amsgrad", "yes instead of not set"),
    ((*SETTINGS, "param_scheduler"), [dict(type="CosineAnnealingLR")], METHOD, "learning rate schedule", "CosineAnnealingLR"),
    ((*SETTINGS, "optim_wrapper", "type"), "Bf16OptimWrapper", ROUNDING, "precision", "text tower trained in bfloat16"),
    ((*SETTINGS, "optim_wrapper", "type"), "AmpOptimWrapper", ROUNDING, "precision", "text tower trained in float16"),
    ((*SETTINGS, "optim_wrapper", "clip_grad"), dict(max_norm=1), METHOD, "optim_wrapper.clip_grad.max_norm", "1 instead"),
    ((*SETTINGS, "model", "backbone", "arch"), "ViT-B-16", METHOD, "QuickGELU", "no instead of yes"),
    ((*SETTINGS, "model", "backbone", "arch"), "ViT-B-32-quickgelu", METHOD, "architecture", "ViT-B-32 instead of ViT-B-16"),
    ((*SETTINGS, "model", "frozen"), ["backbone.text_tower"], METHOD, "frozen parameters", "backbone.text_tower instead"),
    ((*HEAD, "simclr", "loss_weight"), 0.0, METHOD, "loss weights", "1, 0, 1 instead of 1, 1, 1"),
    ((*HEAD, "simclr", "temperature"), 0.5, METHOD, "model.head.simclr.temperature", "0.5 instead of 0.1"),
    ((*HEAD, "prompt_split"), "paper", METHOD, "prompt split", "paper instead of released"),
    ((*HEAD, "normalize_prompts"), True, METHOD, "normalisation of each prompt", "yes instead of no"),
    ((*HEAD, "max_logit_scale"), 100, METHOD, "limit of logit_scale", "100 instead of none"),
    ((*HEAD, "prompts", "real"), ["a live face"], METHOD, "prompts of real", "0 of the 6 published ones used"),
    ((*PRE, "mean"), [0.48, 0.46, 0.41], METHOD, "mean of the images", "0.48, 0.46, 0.41 instead of 0.485, 0.456, 0.406"),
    ((*PIPELINE, 2, "image_size"), [112, 112], METHOD, "image size", "112x112 and 224x224 instead of 224x224"),
    ((*PIPELINE, 1, "magnitude"), 0.5, METHOD, "saturation jitter", "0.5 instead of 0.2"),
    ((*PIPELINE, 2, "scale"), [0.4, 1], METHOD, "crop of SimCLR views", "0.4, 1 instead of 0.08, 1"),
    ((*PIPELINE, 2, "views"), "device", ROUNDING, "engine of the views", "device instead of pillow"),
    ((*SETTINGS, "custom_hooks"), [dict(type="EMAHook")], METHOD, "custom_hooks[EMAHook]", "used instead of not used"),
    (SETTINGS, ..., UNKNOWN, "settings of the training", "not recorded"),
    (("world_size",), 2, METHOD, "number of processes", "2 processes, so 2 times the images"),
    (WEIGHTS, [], METHOD, "initial weights", "trained from random weights"),
    (WEIGHTS, None, UNKNOWN, "initial weights", "not recorded"),
    ((*WEIGHTS, 0, "name"), "laion2b_s34b_b88k", METHOD, "initial weights", "laion2b_s34b_b88k instead of tag openai"),
    ((*WEIGHTS, 0), dict(source="load_from", name="a.pth"), METHOD, "start from a checkpoint", "started from a.pth"),
    ((*WEIGHTS, 0, "sha256"), SHA, SAME, "initial weights", "OpenAI's ViT-B-16.pt"),
    ((*WEIGHTS, 0, "sha256"), "0" * 64, UNKNOWN, "initial weights", "is not that of OpenAI's ViT-B-16.pt"),
    (("run", "aux"), [], DATA, "auxiliary training data", "trained without CelebA-Spoof"),
    (("run", "holdout"), 0.1, DATA, "held-out source videos", "trained on 90 % of the source videos"),
    (("run", "unlabelled"), "train", METHOD, "target images without labels", "trained without labels"),
    ((*TEST_LIST, "sha256"), "0", DATA, "test lists of O", "your test lists of O have the authors' length, but other lines"),
    (TEST_LIST, dict(sha256="0", lines=698), DATA, "test lists of O", "your test lists miss 12 videos of O"),
    (TEST_LIST, dict(sha256="0", lines=720), DATA, "test lists of O", "10 videos of O more than the authors'"),
    (TEST_LIST, dict(sha256="0", lines=20), DATA, "test lists of O", "another test set of O (2890 videos instead of 3580)"),
    (TEST_LIST, dict(sha256="0"), UNKNOWN, "test lists of O", "other test lists of O"),
    (("data", "val", "O", "lists"), dict(mine=dict(sha256="0")), DATA, "mine lists of O", "the authors have no"),
    (("data",), {}, UNKNOWN, "hashes of the lists", "not recorded"),
    (("data", "val", "O", "roles"), dict(target=3580), DATA, "test frames per video", "1 instead of 2"),
    (("data", "val", "O", "videos"), ..., UNKNOWN, "test frames per video", "not recorded"),
    (("data", "val", "O", "faces"), ..., UNKNOWN, "face detector of O", "not recorded"),
    (("data", "val", "O", "faces", "detectors"), dict(yunet=9), DATA, "face detector of O", "by yunet instead of mtcnn"),
    (("data", "val", "O", "faces", "margins"), {"0.1": 9}, UNKNOWN, "margin of the crop", "margin of the authors' crop"),
    (("data", "val", "O", "synthetic"), True, DATA, "images", "synthetic images"),
]


def test_a_record_of_the_published_recipe_has_no_finding(make_published, recipe):
    assert {finding.severity for finding in check_record(make_published(), recipe)} == {SAME}


@pytest.mark.parametrize(("place", "value", "severity", "subject", "text"), CHANGES, ids=lambda part: str(part)[-40:])
def test_each_change_is_found(place, value, severity, subject, text, make_published, recipe):
    record = make_published()
    put(record, place, copy.deepcopy(value))
    found = [one for one in check_record(record, recipe) if one.subject == subject]
    assert [one.severity for one in found] == [severity]
    assert text in (found[0].ours if severity == SAME else found[0].text)


def test_findings_of_several_trainings_are_merged(make_published, tmp_path):
    records = [make_published(seed=seed, target=target) for target in "MO" for seed in (0, 1)]
    for record in records[:2]:
        record["run"]["aux"] = []
    trainings = [Training(tmp_path, record, record["run"]["name"], record["seed"], None) for record in records]
    found = {check.finding.subject: check for check in check_trainings(trainings, None) if check.finding.severity != SAME}
    assert found["auxiliary training data"].runs == ("OCI->M",)
    assert found["number of seeds"].finding == Finding(MEASUREMENT, "number of seeds", "2", "5", "2 seeds instead of 5")
    assert found["number of seeds"].runs == ()
