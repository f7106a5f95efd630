# SPDX-License-Identifier: Apache-2.0
"""The argument parser of all commands: errors in one line, and ``--traceback``."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from flip_mm.utils.nearest import did_you_mean
from flip_mm.utils.text import safe_text

# A data set and its folder.
NAMED = re.compile(r"[\w-]+=.")


class Parser(argparse.ArgumentParser):
    """A parser that prints errors in one line and suggests the nearest valid argument.

    Args:
        description: Printed unchanged by ``--help``.
        answers: Option that the command does not have -> what to use.
    """

    def __init__(self, description: str, answers: Mapping[str, str] | None = None) -> None:
        self.answers = answers or {}
        super().__init__(
            # argparse would use another name for `python -m flip_mm`.
            prog=Path(sys.argv[0]).name,
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self.add_argument("--traceback", action="store_true", help="show where an error was raised")

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:
        """Read the command line; exit with code 2 if it is wrong."""
        args = sys.argv[1:] if args is None else args
        parsed, extra = self.parse_known_args(_joined_roots(args), namespace)
        if extra:
            suggestion = next((self._suggestion(word) for word in extra if word[:1] == "-"), "")
            self.error(f"unrecognized arguments: {' '.join(extra)}{suggestion}")
        return parsed

    def error(self, message: str) -> NoReturn:
        """Print one line and exit with code 2."""
        if message.startswith("the following arguments are required"):
            # The cause is often a misspelt option, which argparse would report next.
            flags = [word.partition("=")[0] for word in sys.argv[1:] if word.startswith("--")]
            unknown = [flag for flag in flags if not any(option.startswith(flag) for option in self._option_string_actions)]
            if unknown:
                message = f"unrecognized arguments: {unknown[0]}{self._suggestion(unknown[0])}"
        self.exit(2, f"{self.prog}: error: {safe_text(message, keep='')} (--help shows all arguments)\n")

    def _suggestion(self, word: str) -> str:
        """What to use in place of an unknown option."""
        name = word.partition("=")[0]
        answer = self.answers.get(name.replace("_", "-"))
        return f": {answer}" if answer else did_you_mean(name, self._option_string_actions, most=1)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            names = ", ".join(map(str, action.choices))
            message = f"invalid choice: {value!r}{did_you_mean(str(value), action.choices, most=1)} (choose from {names})"
            raise argparse.ArgumentError(action, message)


def _joined_roots(args: Sequence[str]) -> list[str]:
    """Join ``--data-root MCIO=/a WCS=/b`` to ``--data-root MCIO=/a,WCS=/b``; argparse would also take a config that follows.

    Example:
        >>> _joined_roots(["--data-root", "A=/a", "B=/b", "config.py"])
        ['--data-root', 'A=/a,B=/b', 'config.py']
    """
    joined: list[str] = []
    is_open = False
    for before, word in zip(["", *args], args, strict=False):
        is_named = NAMED.match(word) is not None
        if is_named and is_open:
            joined[-1] += f",{word}"
        else:
            is_open = is_named and before == "--data-root"
            joined.append(word)
    return joined
