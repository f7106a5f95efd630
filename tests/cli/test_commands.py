# SPDX-License-Identifier: Apache-2.0
"""The command flip_mm: its table, its names, and its messages for typos."""

import ast
import sys
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


@pytest.fixture
def flip_mm(monkeypatch, capsys):
    """flip_mm(*arguments): exit code, stdout, stderr."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["flip_mm", *map(str, arguments)])
        try:
            code = commands.main()
        except SystemExit as ended:
            code = ended.code or 0
        return code, *capsys.readouterr()

    return run


def test_the_overview_has_every_command(flip_mm):
    code, out, _ = flip_mm("--help")
    assert code == 0
    lines = dict(line.split(maxsplit=1) for line in out.splitlines() if line.startswith("  "))
    assert lines.keys() == commands.COMMANDS
    own = {path.stem for path in (ROOT / "flip_mm/cli").glob("*.py")}
    with_main = {name for name in own if hasattr(import_module(f"flip_mm.cli.{name}"), "parse_args")}
    assert with_main - {"convert_generic"} == commands.COMMANDS


def test_the_version(flip_mm):
    assert flip_mm("--version")[1].startswith("flip_mm 0.")


@pytest.mark.parametrize("name", sorted({*commands.COMMANDS, *commands.FORMER, *NAMES}))
def test_every_command_has_help(flip_mm, name):
    code, out, err = flip_mm(name, "--help")
    assert (code, err) == (0, "")
    command = TOOLS.get(name, [name])
    assert out.startswith(f"usage: flip_mm {' '.join(command)} ")
    assert "--traceback" in out


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
        (["synth", "--out", "x", "--videos", "5000"], "flip_mm synth: error: argument --videos: must be in 5..190 for MCIO"),
    ],
)
def test_errors_are_one_line(flip_mm, arguments, message):
    code, out, err = flip_mm(*arguments)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert message in line


def test_the_traceback_on_demand(flip_mm):
    code, _, err = flip_mm("evaluate", "absent.csv", "--traceback")
    assert code == 2
    assert err.startswith("Traceback")
    assert err.splitlines()[-1] == "flip_mm evaluate: error: No such file or directory: 'absent.csv'. Check the path."


def test_scripts_that_are_no_commands_run_by_their_name(flip_mm):
    code, out, _ = flip_mm("check_golden", "--help")
    assert code == 0
    assert "golden" in out
