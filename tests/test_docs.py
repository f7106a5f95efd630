# SPDX-License-Identifier: Apache-2.0
"""Commands and links in the docs are valid."""

import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from flip_mm.cli import commands

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path for kind in ("*.md", "docs/*.md", "configs/**/*.py", "tools/**/*.py", "flip_mm/cli/*.py") for path in ROOT.glob(kind)
)
# Docs may write show-data for show_data.
NAMES = "|".join(commands.COMMANDS).replace("_", "[_-]")
COMMAND = re.compile(rf"^\s*(?:(?:python|bash) (?:tools|\.ci)/|flip_mm (?:{NAMES}) ).*$", re.MULTILINE)
COMMANDS = sorted({line.split("#")[0].strip() for page in PAGES for line in COMMAND.findall(page.read_text(encoding="utf-8"))})


def test_the_first_command_is_within_25_lines():
    assert any(COMMAND.match(line) for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:25])


@pytest.mark.parametrize("page", [page for page in PAGES if page.suffix == ".md"], ids=lambda page: page.name)
def test_links_in_the_docs_exist(page):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_in_the_docs_are_valid(command, monkeypatch, load_tool):
    program, script, *arguments = shlex.split(command)
    if program == "flip_mm":
        monkeypatch.setattr(sys, "argv", [f"flip_mm {script}", *arguments])
        import_module(f"flip_mm.cli.{script.replace('-', '_')}").parse_args()
        return
    assert (ROOT / script).is_file()
    assert [a for a in arguments if a.startswith(("configs/", "tests/")) and not (ROOT / a).exists()] == []
    if program == "python":
        monkeypatch.setattr(sys, "argv", [script, *arguments])
        # Scripts import files beside them.
        monkeypatch.syspath_prepend(ROOT / Path(script).parent)
        # The files in the commands are examples; that tools look for them is tested where they are.
        monkeypatch.setattr("flip_mm.apis.output_file", Path)
        load_tool(ROOT / script).parse_args()
    else:
        subprocess.run(["bash", "-n", script], cwd=ROOT, check=True)
