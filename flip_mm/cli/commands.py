# SPDX-License-Identifier: Apache-2.0
"""The commands of ``flip_mm``, and how to run one without importing the others."""

from __future__ import annotations

import runpy
import sys
from importlib import import_module

from flip_mm.apis.errors import REFUSED
from flip_mm.apis.processes import run_main
from flip_mm.utils.nearest import did_you_mean
from flip_mm.utils.shipped import shipped
from flip_mm.utils.text import safe_text

from . import answers

# Group -> command, which is a module of this package -> description.
GROUPS = {
    "Models": {
        "train": "train a model",
        "test": "evaluate a checkpoint",
        "deploy": "keep only the weights that a prediction needs",
        "flip_release": "convert a checkpoint of the official FLIP release, or back",
        "minifasnet": "convert the published files of Silent-Face's MiniFASNet to a model file",
    },
    "Answers": {
        "export": "write a model file that explains itself",
        "info": "print what a model file says about its model",
        "calibrate": "fit thresholds and temperature of a model file for a camera",
        "predict": "say whether the face in a picture, video or camera is live",
        "explain": "show why: what the model looked at, which sentence fits, how steady the score is",
        "qualify": "judge any detector: error rates, robustness, faults in how it is connected",
    },
    "Experiments": {
        "run": "train configs in all runs of a protocol with several seeds",
        "table": "print tables of results in the forms of the paper, with published values beside them",
        "compare": "compare results with the published ones: differences, and what differs from the recipe",
        "analyze": "show what trainings have learnt: attention, mistakes, embeddings, curves, gap between domains",
        "show_data": "show what goes into the network in training, for each view",
    },
    "Methods": {
        "check_golden": "compare a method with values measured on its authors' code",
    },
    "Scores": {
        "evaluate": "compute all metrics of a score file, without a model",
    },
    "Data": {
        "convert": "make frames and lists from the archive of a data set, or from a CSV file",
        "doctor": "check a data root: lists, images, duplicates, which runs are possible",
        "pack": "put all images of a data root into one file, for network file systems",
        "synth": "draw the synthetic data set, or images with captions",
        "print_run": "print the training and test data of a run",
        "shortcuts": "classify by colour, size or sharpness only, to find shortcuts in the data",
    },
}
COMMANDS = {name for group in GROUPS.values() for name in group}
# Names of earlier versions.
FORMER = {
    "check_dataset": "doctor",
    "evaluate_scores": "evaluate",
    "make_synthetic": "synth",
    "shortcut_baselines": "shortcuts",
}
USAGE = "usage: flip_mm COMMAND [ARGUMENTS]"


def main() -> int:
    """Run the command in the first argument with the other arguments.

    Returns:
        The exit code, see :func:`~flip_mm.apis.processes.run_main`.
    """
    name, arguments = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("", [])
    if name in ("-h", "--help"):
        print(overview())
        return 0
    if name == "--version":
        from flip_mm import __version__

        print(f"flip_mm {__version__}")
        return 0
    # Both spellings are accepted: show-data and show_data.
    spelt = name.replace("-", "_")
    if (command := FORMER.get(spelt, spelt)) in COMMANDS:
        return run(command, arguments)
    from .convert import NAMES

    if name in NAMES:
        return run("convert", [name, *arguments])
    scripts = {path.stem: path for path in sorted(shipped("tools").rglob("[!_]*.py"))}
    if name in scripts:
        sys.argv = [str(scripts[name]), *arguments]
        runpy.run_path(sys.argv[0], run_name="__main__")
        return 0
    names = [*COMMANDS, *FORMER, *NAMES, *scripts]
    suggestion = f", did you mean {answers.COMMANDS[name]}?" if name in answers.COMMANDS else did_you_mean(name, names, most=1)
    problem = f"there is no command '{name}'{suggestion}" if name else "give a command"
    print(f"flip_mm: error: {safe_text(problem, keep='')} (flip_mm --help lists the commands)", file=sys.stderr)
    return REFUSED


def run(command: str, arguments: list[str]) -> int:
    """Run a command of :data:`COMMANDS`."""
    sys.argv = [f"flip_mm {command}", *arguments]
    return run_main(import_module(f"{__package__}.{command}").main)


def overview() -> str:
    """Return the help text with all commands."""
    wide = max(map(len, COMMANDS)) + 2
    groups = (
        f"{group}:\n" + "\n".join(f"  {name:<{wide}}{does}" for name, does in commands.items())
        for group, commands in GROUPS.items()
    )
    end = "`flip_mm COMMAND --help` explains a command; all of them are in docs/command_line.md."
    return "\n\n".join([USAGE, *groups, end])
