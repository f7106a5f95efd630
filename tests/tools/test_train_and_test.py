# SPDX-License-Identifier: Apache-2.0
"""The command line from training to metrics, and its error messages."""

import itertools
import json
import re
import runpy
import sys
from pathlib import Path
from unittest.mock import patch

import mmpretrain
import pytest
import torch

from flip_mm.engine import Bf16OptimWrapper
from flip_mm.evaluation import read_scores
from flip_mm.evaluation.functional import eer_threshold, metrics_at

pytestmark = pytest.mark.usefixtures("small_vocabulary")

ROOT = Path(__file__).parents[2]
NUMBER = itertools.count()
TERMS = dict(v={"loss_ce"}, it={"loss_ce"}, mcl={"loss_ce", "loss_simclr", "loss_mse"})


@pytest.fixture
def run(run_tool, shared_mcio):
    """run('train.py', 'mcl' or config, work_dir, *flags, options=[...]) with the demo set, a few iterations, no workers."""

    def call(tool, method, work, *arguments, options=(), data=shared_mcio):
        fixed = [
            "train_cfg.max_iters=4",
            "train_cfg.val_interval=2",
            "default_hooks.logger.interval=1",
            *(f"{part}_dataloader.num_workers=0" for part in ("train", "val", "test")),
            f"experiment_name=test_{next(NUMBER)}",
        ]
        config = ROOT / f"configs/flip_{method}_demo.py" if isinstance(method, str) else method
        flags = ("--work-dir", work, "--data-root", data)
        return run_tool(tool, config, *arguments, *flags, "--cfg-options", *fixed, *options)

    return call


def scalars(work):
    """What the runs in a work dir logged, the latest run's last."""
    files = sorted(Path(work).glob("*/vis_data/scalars.json"), key=lambda path: path.stat().st_mtime)
    return [json.loads(line) for path in files for line in path.read_text().splitlines()]


@pytest.mark.usefixtures("drawn_plots")
@pytest.mark.parametrize("method", ["v", "it", "mcl"])
def test_from_config_to_metrics(run, tmp_path, method):
    run("train.py", method, tmp_path, "--target", "O")
    steps = [line for line in scalars(tmp_path) if "loss" in line]
    assert len(steps) == 4
    for step in steps:
        assert {name for name in step if name.startswith("loss_")} == TERMS[method]
        assert step["loss"] == pytest.approx(sum(step[name] for name in TERMS[method]), rel=1e-5)
    validations = [line for line in scalars(tmp_path) if "target/HTER" in line]
    assert len(validations) == 2
    best = min(reversed(validations), key=lambda line: line["target/HTER"])
    (checkpoint,) = tmp_path.glob("best_target_HTER_iter_*.pth")
    assert checkpoint.stem.endswith(f"_{best['step']}")

    tested = tmp_path / "tested"
    run("test.py", method, tested, checkpoint, "--target", "O")
    figures = json.loads(next(tested.glob("*/*.json")).read_text())
    for name in ("HTER", "EER", "AUC", "TPR@FPR=1%", "ACC", "threshold"):
        assert figures[f"target/{name}"] == pytest.approx(best[f"target/{name}"], abs=1e-6)
    for path in ("roc_target.png", "det_target.png", "scores_target.png", "scores_target.csv", "figures_target.json"):
        assert (tested / path).stat().st_size > 500
        assert (tmp_path / f"val_{path}").stat().st_size > 500
    # What training leaves is of the kept checkpoint's validation, which says so; a test of that checkpoint gives the same.
    left = json.loads((tmp_path / "val_figures_target.json").read_text())
    assert (left["iteration"], left["best_by"], left["figures"]["HTER"]) == (best["step"], "target/HTER", best["target/HTER"])
    kept, again = read_scores(tmp_path / "val_scores_target.csv"), read_scores(tested / "scores_target.csv")
    assert kept.file.tolist() == again.file.tolist()
    assert kept.score == pytest.approx(again.score, abs=1e-6)
    log = next(tested.glob("*/*.log")).read_text()
    rules = (
        "threshold fitted on the same scores ('paper', optimistic), checkpoint chosen on the target's own test set by "
        "target/HTER ('target-oracle', oracle, optimistic)"
    )
    assert f"{rules}; 5 real and 10 spoof videos; p1 ICM->O, seed 0, {checkpoint.name}" in log
    assert re.search(r"APCER print_2 +\d+\.\d\d .* \d of 5\n", log)


def test_mmpretrains_tool_trains_our_configs(monkeypatch, shared_mcio, tmp_path):
    """With the flags that it needs where dataloaders have no workers and there is no GPU."""
    tool = Path(mmpretrain.__file__).parent / ".mim/tools/train.py"
    options = ["train_cfg.max_iters=2", "train_cfg.val_interval=2", f"experiment_name=test_{next(NUMBER)}"]
    for part in ("train", "val", "test"):
        options += [f"{part}_dataloader.num_workers=0", f"{part}_dataloader.dataset.data_root={shared_mcio}"]
    flags = ["--work-dir", tmp_path, "--no-pin-memory", "--no-persistent-workers", "--cfg-options", *options]
    monkeypatch.setattr(sys, "argv", [str(part) for part in (tool, ROOT / "configs/flip_v_demo.py", *flags)])
    runpy.run_path(str(tool), run_name="__main__")
    assert [line["step"] for line in scalars(tmp_path) if "loss" in line or "target/HTER" in line][-1] == 2
    assert list(tmp_path.glob("best_target_HTER_iter_2.pth"))


def test_a_fixed_threshold_and_weights_that_a_test_does_not_need(run, tmp_path):
    run("train.py", "v", tmp_path)
    (checkpoint,) = tmp_path.glob("best_*.pth")
    gone = ["model.backbone.pretrained=gone.pt", "model.backbone.weights_format=openai-jit"]
    run("test.py", "v", tmp_path / "t", checkpoint, options=["test_evaluator.threshold=0.25", *gone])
    log = next((tmp_path / "t").glob("*/*.log")).read_text()
    assert re.search(r"at 0\.2500, threshold fixed at 0\.25, checkpoint chosen .*; 5 real and 10 spoof videos; p1 ", log)


def weights(path):
    return torch.load(path, weights_only=False)["state_dict"]


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("method", ["v", "mcl"])
def test_the_seed_determines_the_result_also_with_resume(run, tmp_path, method):
    options = ["default_hooks.checkpoint.interval=2", "default_hooks.checkpoint.max_keep_ckpts=-1"]
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run("train.py", method, tmp_path / name, "--seed", seed, options=options)
    a, b, c = (weights(tmp_path / name / "iter_4.pth") for name in "abc")
    assert same(a, b)
    assert not same(a, c)
    run("train.py", method, tmp_path / "d", "--seed", 1, "--resume", tmp_path / "a/iter_2.pth", options=options)
    assert same(a, weights(tmp_path / "d/iter_4.pth"))


def test_resuming_with_another_seed_is_refused(run, tmp_path):
    run("train.py", "v", tmp_path, "--seed", 1)
    with pytest.raises(ValueError, match="Resume with --seed 1"):
        run("train.py", "v", tmp_path, "--resume")


def test_of_equal_validations_the_last_is_kept(run, arch, tmp_path):
    # A tower without batch normalisation, which would change without a learning rate.
    tower = dict(type="OpenCLIP", text=False, arch=arch | dict(vision_cfg=arch["vision_cfg"] | dict(image_size=64)))
    config = tmp_path / "frozen.py"
    config.write_text(f'_base_ = ["{ROOT}/configs/flip_v_demo.py"]\nmodel = dict(backbone=dict(_delete_=True, **{tower}))\n')
    run("train.py", config, tmp_path, options=["optim_wrapper.optimizer.lr=0", "param_scheduler.0.eta_min=0"])
    assert [path.name for path in tmp_path.glob("best_*")] == ["best_target_HTER_iter_4.pth"]


def test_custom_hooks_are_added(run, tmp_path):
    config = tmp_path / "ema.py"
    config.write_text(f'_base_ = ["{ROOT}/configs/flip_v_demo.py"]\ncustom_hooks = [dict(type="EMAHook")]\n')
    run("train.py", config, tmp_path / "work")
    with pytest.raises(ValueError, match="different runs"):
        run("train.py", config, tmp_path / "work", options=["train_dataloader.dataset.run.target=M"])


def test_resume_finds_the_latest_checkpoint(run, tmp_path):
    run("train.py", "v", tmp_path)
    run("train.py", "v", tmp_path, "--resume", options=["train_cfg.max_iters=5"])
    assert [line["step"] for line in scalars(tmp_path) if "loss" in line] == [1, 2, 3, 4, 5]


def test_no_validate_and_auto_scale_lr(run, tmp_path):
    run("train.py", "v", tmp_path, "--no-validate", "--auto-scale-lr", options=["train_dataloader.batch_size=6"])
    assert not list(tmp_path.glob("best_*"))
    assert not [line for line in scalars(tmp_path) if "target/HTER" in line]
    assert next(line["lr"] for line in scalars(tmp_path)) == pytest.approx(2e-3, rel=1e-3)


@pytest.mark.skipif(torch.cuda.is_available(), reason="float16 where a GPU is")
def test_amp_on_the_cpu(run, tmp_path):
    plain = Bf16OptimWrapper.optim_context
    with patch.object(Bf16OptimWrapper, "optim_context", autospec=True, side_effect=plain) as context:
        run("train.py", "v", tmp_path, "--amp", "--no-validate", options=["train_cfg.max_iters=1"])
    context.assert_called_once()
    assert 0 < scalars(tmp_path)[0]["loss"] < 5


def test_tensorboard_backend(run, tmp_path):
    run("train.py", "v", tmp_path, options=["visualizer.vis_backends.0.type=TensorboardVisBackend"])
    assert list(tmp_path.glob("*/vis_data/events.out.tfevents.*"))


def test_a_development_set_selects_and_gives_the_threshold(run, tmp_path, monkeypatch):
    monkeypatch.setattr("flip_mm.visualization.plot_report", lambda *_: [])
    held = ("--holdout", 0.3)
    run("train.py", "v", tmp_path, *held, options=["train_cfg.max_iters=3"])
    # Resuming must know both of the best so far.
    run("train.py", "v", tmp_path, *held, "--resume", tmp_path / "iter_3.pth", options=["train_cfg.max_iters=6"])
    assert not re.search("Leakage( in|:)", "".join(path.read_text() for path in tmp_path.glob("*/*.log")))
    validations = [line for line in scalars(tmp_path) if "target/HTER" in line]
    assert [line["step"] for line in validations] == [2, 3, 4, 6]
    for role in ("target", "dev"):
        best = min(reversed(validations), key=lambda line: line[f"{role}/HTER"])
        (checkpoint,) = tmp_path.glob(f"best_{role}_HTER_iter_*.pth")
        assert checkpoint.stem.endswith(f"_{best['step']}")

        prefix = "val_" if role == "target" else "val_dev_HTER_"
        for name in ("dev", "target"):
            left = json.loads((tmp_path / f"{prefix}figures_{name}.json").read_text())
            found = left["iteration"], left["best_by"], left["figures"]["AUC"]
            assert found == (best["step"], f"{role}/HTER", pytest.approx(best[f"{name}/AUC"]))

        work = tmp_path / role
        run("test.py", "v", work, checkpoint, *held, options=["test_evaluator.threshold=deploy"])
        figures = json.loads(next(work.glob("*/*.json")).read_text())
        dev, target = (read_scores(work / f"scores_{name}.csv").at_level("video") for name in ("dev", "target"))
        # 2 real videos of each source, and the attacks on the same persons.
        assert (int(dev.label.sum()), set(dev.domain), set(target.domain)) == (6, {"M", "C", "I"}, {"O"})
        threshold = eer_threshold(dev.score, dev.label)
        assert figures["dev/threshold"] == figures["target/threshold"] == threshold
        for name, table in (("dev", dev), ("target", target)):
            assert figures[f"{name}/HTER"] == 100 * metrics_at(table.score, table.label, threshold).hter
            assert figures[f"{name}/AUC"] == pytest.approx(best[f"{name}/AUC"])
        assert "threshold fitted on the scores of dev ('dev', eer)" in next(work.glob("*/*.log")).read_text()

    with pytest.raises(ValueError, match="threshold='deploy' takes the threshold from held-out source videos"):
        run("test.py", "v", tmp_path / "t", checkpoint, options=["test_evaluator.threshold=deploy"])


def test_shots_train_and_their_leak_is_printed_with_the_result(run, tmp_path, mcio):
    # Lists of shots are taken out of the test's: one is put back.
    (shot,) = (mcio / "txt/oulu_real_shot.txt").read_text().split()[:1]
    with (mcio / "txt/oulu_real_test.txt").open("a") as file:
        file.write(f"{shot}\n")
    work = tmp_path / "work"
    run("train.py", "v", work, "--shots", 1, data=mcio)
    (checkpoint,) = work.glob("best_*.pth")
    run("test.py", "v", tmp_path / "tested", checkpoint, "--shots", 1, data=mcio)
    leak = r"target O: of 16 test videos, 1 are also in the training set and \d show a subject of the training set\."
    metrics = r"target: HTER .*; 6 real and 10 spoof videos; .*; trained on 1 labelled target image per class\n"
    trained, tested = (next(path.glob("*/*.log")).read_text() for path in (work, tmp_path / "tested"))
    assert re.search(rf"Leakage: {leak}[\s\S]*{metrics}[\s\S]*Leakage in the validations: {leak}", trained)
    assert re.search(rf"{metrics}(?:.*WARNING - target: .*\n)*.*Leakage in the test: {leak}", tested)
    with pytest.raises(ValueError, match=r"trained with 1 image\(s\) per class of O.* Use --shots 1"):
        run("test.py", "v", tmp_path / "t", checkpoint, data=mcio)


LONG = "xq" * 40
STOPS = {
    "missing data": (
        dict(data="nowhere"),
        FileNotFoundError,
        r"The data root '.*nowhere' is no folder: it must contain txt/.*docs/real_data.md",
    ),
    "unknown target": (dict(flags=["--target", "X"]), ValueError, "its runs are target=M, target=C"),
    "too many shots": (
        dict(flags=["--shots", "50"]),
        ValueError,
        r"run.shots=50: .*oulu_real_shot.txt' has only \d+ lines",
    ),
    "too much held out": (dict(flags=["--holdout", "0.9"]), ValueError, "leaves no .* videos of domain I to train on"),
    "other val run": (dict(options=["val_dataloader.dataset.run.target=M"]), ValueError, "different runs: .*target: 'O'"),
    "other test run": (dict(options=["test_dataloader.dataset.run.target=M"]), ValueError, "different runs: .*target: 'O'"),
    "training on the test split": (dict(options=["train_dataloader.dataset.split=test"]), ValueError, "must be 'train'"),
    "unknown model key": (dict(options=["model.head.temprature=1"]), ValueError, "FLIPMCLHead has no such setting"),
    "unknown data key": (dict(options=["train_dataloader.dataset.shufle=1"]), ValueError, "FASDataset has no such setting"),
    "unknown metric key": (
        dict(options=["val_evaluator.treshold=0.5"]),
        ValueError,
        r"did you mean threshold or more_thresholds\?",
    ),
    "unknown head": (
        dict(options=["model.head.type=FLIPMCHead"]),
        ValueError,
        "model.head.type='FLIPMCHead' is not registered .*FLIPMCLHead",
    ),
    "unknown loss": (dict(options=["model.head.simclr.type=SimCRLoss"]), ValueError, "did you mean SimCLRLoss"),
    "long prompt": (
        dict(options=[f"model.head.prompts.real=[{LONG}]", "model.head.prompts.spoof=[a]"]),
        ValueError,
        r"tokens .* takes 16",
    ),
    "no prompts": (dict(options=["model.head.prompts.real=[]"]), ValueError, "'real'. is empty"),
    "unequal prompts": (dict(options=["model.head.prompts.real=[a face]"]), ValueError, "6 prompts for 'spoof' and 1 for"),
    "image size": (dict(options=["model.backbone.image_size=96"]), ValueError, r"\(64, 64\) px.*image_size=64"),
    "missing weights and data": (
        dict(options=["model.backbone.pretrained=no/such.pt"], data="nowhere"),
        FileNotFoundError,
        r"2 things are missing: \(1\) .*no weight file at 'no/such.pt'.*\(2\) The data root '",
    ),
    "missing weights": (dict(options=["model.backbone.pretrained=no/such.pt"]), FileNotFoundError, "no weight file at"),
    "divergence": (
        dict(options=["optim_wrapper.optimizer.lr=1e30", "train_dataloader.sampler.seed=0"]),
        FloatingPointError,
        r"Non-finite loss at iteration \d: .*=(nan|inf).*\.png",
    ),
}


@pytest.mark.parametrize("case", STOPS)
def test_training_stops_early_and_says_why(run, tmp_path, case):
    change, error, message = STOPS[case]
    more = {key: change[key] for key in ("options", "data") if key in change}
    with pytest.raises(error, match=re.compile(message, re.DOTALL)):
        run("train.py", "mcl", tmp_path, *change.get("flags", ()), **more)
    assert not list(tmp_path.glob("*.pth"))


def test_both_of_two_processes_stop_and_neither_waits_for_the_other(run, processes, tmp_path):
    def stop(rank):
        for case in ("missing data", "image size", "divergence"):
            change, error, message = STOPS[case]
            more = {key: change[key] for key in ("options", "data") if key in change}
            with pytest.raises(error, match=re.compile(message, re.DOTALL)):
                run("train.py", "mcl", tmp_path, "--launcher", "pytorch", *change.get("flags", ()), **more)

    processes(2, stop)
    assert not list(tmp_path.glob("*.pth"))


def test_a_truncated_image_stops_training(run, mcio, tmp_path):
    for path in (mcio / "frame/msu").glob("*/*/*_frame0.png"):
        path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(RuntimeError, match=r"The image '.*/msu/.*_frame0.png' could not be read"):
        run("train.py", "v", tmp_path / "work", data=mcio)


def test_checkpoints_that_do_not_fit_are_refused(run, tmp_path):
    run("train.py", "v", tmp_path, "--target", "O")
    (checkpoint,) = tmp_path.glob("best_*.pth")
    with pytest.raises(ValueError, match="was trained on I, C, M and the target of this run is M"):
        run("test.py", "v", tmp_path / "t", checkpoint, "--target", "M")
    with pytest.raises(ValueError, match="does not fit FLIP with FLIPITHead and arch 'FLIP-demo'"):
        run("test.py", "it", tmp_path / "t", checkpoint)
    with pytest.raises(FileNotFoundError, match=r"There is no checkpoint 'nothing.pth': check the path"):
        run("test.py", "v", tmp_path / "t", "nothing.pth")
    (tmp_path / "text.pth").write_text("hello")
    with pytest.raises(RuntimeError, match=r"text.pth' was refused: it is damaged, cut off, or no checkpoint"):
        run("test.py", "v", tmp_path / "t", tmp_path / "text.pth")
