# SPDX-License-Identifier: Apache-2.0
"""Jobs of experiments, and what is refused before the first one starts."""

import json
import shutil
from pathlib import Path

import pytest

from flip_mm.experiments.disk_space import check_space
from flip_mm.experiments.plan import make_jobs
from flip_mm.experiments.run import check_records
from flip_mm.experiments.settings import make_experiments
from flip_mm.utils.shipped import find_config

ROOT = Path(__file__).parents[2]


@pytest.fixture
def plan(shared_mcio, tmp_path):
    """plan(**settings): jobs of flip_v_demo."""

    def make(**settings):
        given = dict(configs="flip_v_demo", work_dir=str(tmp_path / "work"), data_root=str(shared_mcio)) | settings
        return make_jobs(make_experiments(given))

    return make


def test_the_first_seed_comes_first(plan, tmp_path):
    jobs = plan(runs="O,M", seeds="3,5")
    assert [job.name for job in jobs] == [f"flip_v_demo {run} seed {seed}" for seed in (3, 5) for run in ("OCI->M", "ICM->O")]
    assert Path(jobs[0].folder) == tmp_path / "work/flip_v_demo/M_no-aux_seed3"
    (stage,) = jobs[0].stages
    assert " ".join(stage.arguments).startswith("train flip_v_demo --target M --data-root ")
    assert stage.expected["seed"] == 3
    assert stage.expected["run"]["name"] == "OCI->M"
    assert {*stage.expected["data"]["train"]} == {"O", "C", "I"}
    assert jobs[0].space == jobs[2].space > 30e6


def test_shots_holdout_and_protocol_are_in_the_name(plan):
    jobs = plan(runs="C-I", protocol="p3", shots=[0, 1], holdout=0.25)
    assert [(job.name, Path(job.folder).name) for job in jobs] == [
        ("flip_v_demo C->I holdout 0.25 seed 0", "p3_C_I_holdout0.25_no-aux_seed0"),
        ("flip_v_demo C->I 1 shot holdout 0.25 seed 0", "p3_C_I_shots1_holdout0.25_no-aux_seed0"),
    ]


def test_one_source_and_many_targets_train_once(plan):
    (job,) = plan(protocol="celeba", runs="O,M")
    assert (job.name, Path(job.folder).name) == ("flip_v_demo CelebA seed 0", "celeba_CelebA_no-aux_seed0")
    train, *tests = job.stages
    assert "--no-validate" in train.arguments
    assert [(stage.action, stage.expected["run"]["name"], stage.after) for stage in tests] == [
        ("test", "CelebA->M", train.work_dir),
        ("test", "CelebA->O", train.work_dir),
    ]
    # The same training, whichever targets are tested.
    (other,) = plan(protocol="celeba", runs="I")
    assert (other.folder, other.stages[0].arguments) == (job.folder, train.arguments)


def test_unlabelled_images_in_a_config_are_a_training_for_each_target(plan, tmp_path):
    config, run = tmp_path / "adapts.py", dict(protocol="p1", target="O", aux=False, unlabelled="train")
    loaders = (f"{name}_dataloader = dict(dataset=dict(run={run}))" for name in ("train", "val", "test"))
    config.write_text("\n".join([f"_base_ = ['{(ROOT / 'configs/flip_v_demo.py').as_posix()}']", *loaders]))
    jobs = plan(configs=str(config), protocol="celeba", runs="O,M")
    assert [job.name for job in jobs] == ["adapts CelebA->M seed 0", "adapts CelebA->O seed 0"]


def test_with_holdout_the_dev_videos_choose_a_checkpoint_too(plan):
    (job,) = plan(protocol="celeba", runs="O", holdout=0.25)
    train, *tests = job.stages
    assert "--validate dev" in " ".join(train.arguments)
    assert "--no-validate" not in train.arguments
    assert [(stage.checkpoint, stage.files) for stage in tests] == [("", "O_last"), ("best_dev_HTER_*.pth", "O_dev")]


@pytest.fixture
def chain(tmp_path):
    """Config of a second stage; beside it the first one, which is based on flip_v_demo."""
    base = find_config("flip_v_demo")
    (tmp_path / "first.py").write_text(f'_base_ = ["{base}"]\n')
    (tmp_path / "second.py").write_text(f'_base_ = ["{base}"]\nprevious_stage = "first.py"\n')
    return tmp_path / "second.py"


def test_stages(plan, chain, tmp_path):
    (job,) = plan(configs=str(chain), runs="O")
    first, second = job.stages
    assert job.folder == second.work_dir == str(tmp_path / "work/second/O_no-aux_seed0")
    assert first.work_dir == f"{job.folder}/stage1-first"
    assert (first.after, second.after) == ("", first.work_dir)
    assert first.arguments[1] == str(tmp_path / "first.py")
    with pytest.raises(FileNotFoundError, match="has no checkpoint"):
        second.command()
    Path(first.work_dir).mkdir(parents=True)
    Path(first.work_dir, "iter_8.pth").touch()
    assert second.command()[-2:] == ["--cfg-options", f"load_from={first.work_dir}/iter_8.pth"]


def test_a_loop_of_stages_is_refused(plan, chain):
    with (chain.parent / "first.py").open("a") as file:
        file.write('previous_stage = "second.py"\n')
    with pytest.raises(ValueError, match="leads back to a later stage"):
        plan(configs=str(chain))


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        (dict(configs=["flip_v_demo", str(ROOT / "configs/flip_v_demo.py")]), ValueError, "is given twice"),
        (dict(configs="flip_w_demo"), FileNotFoundError, "did you mean flip_v_demo?"),
        (dict(protocol="p4"), ValueError, "--protocol: there is no 'p4'. The protocols are p1"),
        (dict(protocol="p2"), FileNotFoundError, "wmca"),
        (dict(data_root="nowhere"), FileNotFoundError, "nowhere"),
        (dict(cfg_options={"train_cfg.max_iter": 4}), ValueError, "max_iter"),
        (dict(shots=2, protocol="intra"), ValueError, "protocol intra"),
    ],
)
def test_refused(plan, tmp_path, settings, error, words):
    with pytest.raises(error) as caught:
        plan(**settings)
    assert words in str(caught.value)
    assert not (tmp_path / "work").exists()


def test_two_configs_of_one_name_are_refused(plan, tmp_path):
    shutil.copy(find_config("flip_v_demo"), tmp_path / "flip_v_demo.py")
    with pytest.raises(ValueError, match="have the same name: rename one"):
        plan(configs=["flip_v_demo", str(tmp_path / "flip_v_demo.py")])


def test_a_damaged_record_is_refused(tmp_path):
    record = tmp_path / "a/b/record.json"
    record.parent.mkdir(parents=True)
    for content, words in (("{", "is no record of a run"), (json.dumps(dict(format=99)), "format is 99")):
        record.write_text(content)
        with pytest.raises(ValueError, match=words) as caught:
            check_records(tmp_path)
        assert str(record) in str(caught.value)


def test_too_little_space_is_refused(plan, monkeypatch, tmp_path):
    jobs = plan(runs="O", seeds="0-1")
    usage = shutil.disk_usage("/")
    monkeypatch.setattr("flip_mm.experiments.disk_space.shutil.disk_usage", lambda folder: usage._replace(free=100e6))
    with pytest.raises(OSError, match=r"\(2\) need about 120 MB, and 100 MB are free"):
        check_space(tmp_path / "work", jobs)
    check_space(tmp_path / "work", jobs[:1])
