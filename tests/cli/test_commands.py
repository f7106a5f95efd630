# SPDX-License-Identifier: Apache-2.0
"""The command flip_mm: its table, its names, and its messages for typos."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from flip_mm.cli import commands
from flip_mm.cli.convert import NAMES

ROOT = Path(__file__).parents[2]
# Tool -> the command that it is.
TOOLS = {
    "train": ["train"],
    "test": ["test"],
    "deploy": ["deploy"],
    "flip_release": ["flip_release"],
    "evaluate_scores": ["evaluate"],
    "check_dataset": ["doctor"],
    "print_run": ["print_run"],
    "shortcut_baselines": ["shortcuts"],
    "make_synthetic": ["synth"],
    **{name: ["convert", name] for name in NAMES},
}
# Converters that were tools before there was `flip_mm convert`; later ones need no script.
FIRST_CONVERTERS = (
    "msu_mfsd casia_fasd replay_attack oulu_npu celeba_spoof wmca casia_cefa casia_surf siw siw_mv2 threedmad hifimask"
)
SCRIPTS = {*TOOLS} - {*NAMES} | {*FIRST_CONVERTERS.split(), "generic"}


def test_the_overview_has_every_command(run_command):
    code, out, _ = run_command("--help")
    assert code == 0
    lines = dict(line.split(maxsplit=1) for line in out.splitlines() if line.startswith("  "))
    assert lines.keys() == commands.COMMANDS
    own = {path.stem for path in (ROOT / "flip_mm/cli").glob("*.py")}
    with_main = {name for name in own if hasattr(import_module(f"flip_mm.cli.{name}"), "parse_args")}
    assert with_main - {"convert_generic"} == commands.COMMANDS


def test_the_version(run_command):
    assert run_command("--version")[1].startswith("flip_mm 0.")


@pytest.mark.parametrize("name", sorted({*commands.COMMANDS, *commands.FORMER, *NAMES}))
def test_every_command_has_help(run_command, name):
    code, out, err = run_command(name, "--help")
    assert (code, err) == (0, "")
    command = TOOLS.get(name, [name])
    assert out.startswith(f"usage: flip_mm {' '.join(command)} ")
    assert "--traceback" in out


def test_the_help_of_a_test_says_what_it_writes_and_what_must_be_the_same(run_command):
    text = " ".join(run_command("test", "--help")[1].split())
    for part in (
        "scores_<role>.csv",
        "record.json",
        "development set, to choose threshold and checkpoint",
        "In a test, --shots, --unlabelled and --holdout must be those of the training",
    ):
        assert part in text


@pytest.mark.parametrize("tool", sorted(SCRIPTS))
def test_a_tool_is_a_shim_of_its_command(tool):
    (path,) = ROOT.glob(f"tools/**/{tool}.py")
    text = path.read_text(encoding="utf-8")
    assert f"`flip_mm {' '.join(TOOLS[tool])}`" in ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= 18


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "flip_mm: error: give a command (flip_mm --help lists the commands)"),
        (["trian"], "flip_mm: error: there is no command 'trian', did you mean train? (flip_mm --help"),
        (["check_datset"], "flip_mm: error: there is no command 'check_datset', did you mean check_dataset? "),
        (["a\x1b[2Jb"], "flip_mm: error: there is no command 'a\\x1b[2Jb' "),
        (["convert", "oulu"], "flip_mm convert: error: there is no converter 'oulu', did you mean oulu_npu? Choose from msu"),
        (["convert"], "flip_mm convert: error: the following arguments are required: NAME"),
        (["train", "flip_v_demo", "--traget", "O"], "error: unrecognized arguments: --traget O, did you mean --target? ("),
        (["train", "--traget", "O"], "flip_mm train: error: unrecognized arguments: --traget, did you mean --target? ("),
        (
            ["train", "flip_mcl_dmo"],
            "flip_mm train: error: No config at 'flip_mcl_dmo', did you mean flip_mcl_demo? The shipped",
        ),
        (["evaluate", "a.csv", "--level", "vido"], "--level: invalid choice: 'vido', did you mean video? (choose from video,"),
        (["doctor", "data", "--protocol", "limitd"], "--protocol: there is no limitd, did you mean limited? choose from p1, "),
        (
            ["train", "flip_v_demo", "--cfg-options", "custom_hooks=[dict(type='EarlyStopingHook')]"],
            "contains a dict, and the command line takes only numbers, words and lists of them: write a config of two lines",
        ),
        (["train", "flip_v_demo", "--cfg-options", "val_evaluator={'type': 'FASMetric'}"], "contains a dict, and the command"),
        (["train", "c", "--threshold", "deploy"], "--threshold deploy: use --cfg-options val_evaluator.threshold=dev with"),
        (["test", "c", "p", "--threshold=dev"], "dev: use --cfg-options test_evaluator.threshold=dev ("),
        (["train", "c", "--epochs", "3"], "unrecognized arguments: --epochs 3: use --cfg-options train_cfg.max_iters=N (a"),
        (["train", "--max_epochs", "3"], "unrecognized arguments: --max_epochs: use --cfg-options train_cfg.max_iters=N"),
        (["evaluate", "a.csv", "--threshold", "deploy"], "argument --threshold: use --dev FILE in its place"),
        (["evaluate", "a.csv", "--rule", "apcer=0.05"], "--rule apcer=0.05 is for threshold='dev': it needs --dev FILE"),
        (["table", "work", "--metrics", "AUC", "hter"], "argument --metrics: there is no hter, did you mean HTER?"),
        (["score"], "there is no command 'score', did you mean evaluate? ("),
        (["synth", "--out", "x", "--videos", "5000"], "flip_mm synth: error: argument --videos: must be in 5..190 for MCIO"),
    ],
)
def test_errors_are_one_line(run_command, arguments, message):
    code, out, err = run_command(*arguments)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert message in line


def test_the_traceback_on_demand(run_command):
    code, _, err = run_command("evaluate", "absent.csv", "--traceback")
    assert code == 2
    assert err.startswith("Traceback")
    assert err.splitlines()[-1] == "flip_mm evaluate: error: No such file or directory: 'absent.csv'. Check the path."


def test_scripts_that_are_no_commands_run_by_their_name(run_command):
    code, out, _ = run_command("check_golden", "--help")
    assert code == 0
    assert "golden" in out
