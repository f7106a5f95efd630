# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest
import torch

from flip_mm.apis import check_work_dir, load_config
from flip_mm.cli.config_arguments import add_common_arguments
from flip_mm.cli.parser import Parser

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "configs/flip_mcl_p1.py"
LOADERS = ("train_dataloader", "val_dataloader", "test_dataloader")


def load(*arguments, config=CONFIG):
    parser = Parser("")
    add_common_arguments(parser)
    return load_config(parser.parse_args([str(config), *map(str, arguments)]))


def test_without_arguments_the_config_is_used():
    cfg = load()
    assert [cfg[name].dataset.run for name in LOADERS] == [dict(protocol="p1", target="O")] * 3
    assert cfg.randomness.seed == 0
    assert Path(cfg.work_dir) == Path("work_dirs/flip_mcl_p1/O_seed0")


def test_run_and_data_root_reach_every_loader():
    cfg = load("--target", "M", "--data-root", "elsewhere", "--seed", 3, "--work-dir", "w")
    assert [cfg[name].dataset.run for name in LOADERS] == [dict(protocol="p1", target="M")] * 3
    assert [cfg[name].dataset.data_root for name in LOADERS] == ["elsewhere"] * 3
    assert (cfg.randomness.seed, cfg.work_dir) == (3, "w")


def test_all_of_a_run_can_be_chosen():
    cfg = load("--target", "M", "--shots", 5, "--holdout", 0.1, "--no-aux")
    run = dict(protocol="p1", target="M", shots=5, holdout=0.1, aux=False)
    assert [cfg[name].dataset.run for name in LOADERS] == [run] * 3
    with_aux = load("--aux", config=ROOT / "configs/ssdg/ssdg_r.py")
    assert (with_aux.train_dataloader.dataset.run.aux, with_aux.model.num_domains) == (True, 4)
    assert load(config=ROOT / "configs/ssdg/ssdg_r.py").model.num_domains == 3


@pytest.mark.parametrize(
    ("config", "given", "domains"),
    [
        ("flip_mcl_p1", ("--target", "m"), dict(target="M")),
        ("flip_v_p2", ("--target", "CEFA"), dict(target="CeFA")),
        ("flip_v_p3", ("--source", "m", "--target", "c"), dict(source="M", target="C")),
    ],
)
def test_domains_in_any_case(config, given, domains):
    cfg = load(*given, config=ROOT / f"configs/{config}.py")
    assert all({**cfg[name].dataset.run, **domains} == cfg[name].dataset.run for name in LOADERS)


def test_several_metrics_are_a_list(tmp_path):
    metrics = '[dict(type="FASMetric"), dict(type="Accuracy")]'
    path = tmp_path / "two.py"
    path.write_text(f'_base_ = ["{CONFIG}"]\nval_evaluator = {metrics}\ntest_evaluator = val_evaluator\n')
    parser = Parser("")
    add_common_arguments(parser)
    cfg = load_config(parser.parse_args([str(path)]), ("model", "test_evaluator"))
    assert [metric.type for metric in cfg.test_evaluator] == ["FASMetric", "Accuracy"]


def test_cfg_options_override_arguments():
    cfg = load("--seed", 3, "--cfg-options", "randomness.seed=4", "train_cfg.max_iters=7", "train_dataloader.num_workers=0")
    assert (cfg.randomness.seed, cfg.train_cfg.max_iters) == (4, 7)
    assert not cfg.train_dataloader.persistent_workers
    assert cfg.val_dataloader.persistent_workers


def test_workers_stay_and_fetch_ahead_as_set():
    ahead = "train_dataloader.prefetch_factor=4"
    assert load("--cfg-options", ahead).train_dataloader.prefetch_factor == 4
    assert (
        load("--cfg-options", ahead, "train_dataloader.persistent_workers=False").train_dataloader.persistent_workers is False
    )
    # torch refuses both without workers.
    alone = load("--cfg-options", ahead, "train_dataloader.num_workers=0").train_dataloader
    assert "prefetch_factor" not in alone
    assert alone.persistent_workers is False


def test_every_run_has_a_separate_work_dir():
    assert Path(load("--target", "M", "--seed", 4).work_dir) == Path("work_dirs/flip_mcl_p1/M_seed4")
    assert Path(load("--cfg-options", "work_dir=w").work_dir) == Path("w")
    more = ("--shots", 5, "--holdout", 0.1, "--no-aux")
    assert Path(load(*more).work_dir) == Path("work_dirs/flip_mcl_p1/O_shots5_holdout0.1_no-aux_seed0")
    p3 = load("--source", "M", config=ROOT / "configs/flip_v_p3.py")
    assert Path(p3.work_dir) == Path("work_dirs/flip_v_p3/M_I_seed0")


def test_options_that_the_runner_reads_later_are_known():
    assert load("--cfg-options", "compile=True", "model_wrapper_cfg.type=X").compile


@pytest.mark.parametrize("option", ["image_size=96", "data_root=elsewhere", "run.target=M", "trian_cfg.max_iters=3", "seed=3"])
def test_an_option_without_effect_is_refused(option):
    with pytest.raises(
        ValueError, match=rf"--cfg-options {option.split('=')[0]}: .* would have no effect.*--target.*--data-root"
    ):
        load("--cfg-options", option)


def test_an_option_of_a_preprocessor_that_mmengine_ignores_is_refused():
    with pytest.raises(ValueError, match=r"data_preprocessor.mean='backbone' has no effect, .*; set model.data_preprocessor"):
        load("--cfg-options", "data_preprocessor.mean=backbone")


def test_memory_is_pinned_with_a_gpu(monkeypatch):
    for visible in (True, False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda visible=visible: visible)
        assert load().train_dataloader.pin_memory is visible


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--target", "X"), "run.target='X'.*no run of protocol p1 matches; its runs are target=M"),
        (("--source", "C"), "run.source='C': no run of protocol p1 matches"),
    ],
)
def test_runs_that_do_not_exist(arguments, message):
    with pytest.raises(ValueError, match=message):
        load(*arguments)


def test_the_launcher_must_have_started_the_process(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(ValueError, match="--launcher pytorch: RANK, "):
        load("--launcher", "pytorch")


def test_missing_config():
    with pytest.raises(FileNotFoundError, match=r"No config at 'configs/flip.py'"):
        load(config="configs/flip.py")


def test_a_name_without_effect_in_the_config(tmp_path):
    (tmp_path / "own.py").write_text(f'_base_ = ["{CONFIG.as_posix()}"]\ntrain_dataloder = dict(batch_size=6)\n')
    with pytest.raises(ValueError, match=r"own.py: 'train_dataloder' is no setting .*, did you mean train_dataloader\?"):
        load(config=tmp_path / "own.py")


def test_a_misspelt_option_is_explained():
    with pytest.raises(ValueError, match=r"would have no effect, did you mean train_cfg\?"):
        load("--cfg-options", "trian_cfg.max_iters=3")


def test_a_work_dir_that_cannot_be_written(tmp_path, monkeypatch):
    cfg = load("--work-dir", tmp_path / "new/w")
    check_work_dir(cfg)
    assert list((tmp_path / "new/w").iterdir()) == []
    (tmp_path / "file").touch()
    for folder in ("file", "file/w"):
        cfg.work_dir = str(tmp_path / folder)
        with pytest.raises(OSError, match=rf"nothing can be written into the work dir '.*/{folder}'\. Choose another"):
            check_work_dir(cfg)
    cfg.work_dir = str(tmp_path)
    monkeypatch.setattr("tempfile.TemporaryFile", lambda dir: (_ for _ in ()).throw(OSError(30, "Read-only file system")))
    with pytest.raises(OSError, match=r"Read-only file system: nothing can be written into the work dir"):
        check_work_dir(cfg)


@pytest.mark.parametrize("value", ["0_1", "2024_01", "[1,0_1]", "\u0663", "(3_0,4)"])
def test_values_that_mmengine_would_read_as_other_numbers(value, capsys):
    with pytest.raises(SystemExit, match="2"):
        load("--cfg-options", f"train_cfg.max_iters={value}")
    assert "mmengine would read '" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["10", "1e3", "flip_01", "[1,2]", "work_dirs/0_1", "v0_1"])
def test_other_values_are_accepted(value):
    assert load("--cfg-options", f"experiment_name={value}" if value[0] not in "1[" else "randomness.seed=10")
