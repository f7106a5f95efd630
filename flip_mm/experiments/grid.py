# SPDX-License-Identifier: Apache-2.0
"""Grids: settings with several values, from one YAML file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from flip_mm.utils.files import read_utf8
from flip_mm.utils.option_value import option_value

GRID = "grid"
# Their value is in the name of the run's folder.
NAMED = ("protocol", "shots", "holdout", "aux", "unlabelled")
# They already take several values, or are the same for all.
WITHOUT_GRID = ("configs", "runs", "seeds", "work_dir", "data_root", "depth_root")
ENDINGS = (".yaml", ".yml")
# The longest text of a value in a name.
LONGEST = 24


class _Loader(yaml.SafeLoader):
    """Refuses a key that is given twice, of which YAML's loader takes the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """See the base class."""
        names: set[str] = set()
        for key, _ in node.value:
            if key.value in names:
                raise yaml.constructor.ConstructorError(problem=f"{key.value} is given twice", problem_mark=key.start_mark)
            names.add(str(key.value))
        return super().construct_mapping(node, deep)


def is_grid(path: str) -> bool:
    """Return whether a file is a grid: YAML with one of the keys of a grid; mmengine's configs can be YAML, too."""
    file = Path(path)
    if file.suffix not in ENDINGS or not file.is_file():
        return False
    return re.search(r"^(configs|runs|seeds)\s*:", read_utf8(file), re.MULTILINE) is not None


def read_grid(path: str | Path) -> dict[str, Any]:
    """Return the settings of a YAML file; nested ones get names with dots.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no YAML, or does not contain settings by name.
    """
    try:
        content = yaml.load(read_utf8(path), _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ValueError(
            f"'{path}'{line}: this cannot be read ({getattr(error, 'problem', None) or error}). Correct it."
        ) from error
    if not isinstance(content, Mapping):
        raise ValueError(f"'{path}' must contain settings by name, such as `configs: [flip_v_demo]`.")
    settings = list(_flat(content))
    found = [key for key, _ in settings]
    if twice := next((key for key in found if found.count(key) > 1), None):
        raise ValueError(f"'{path}': {twice} is given twice, nested and with dots. Give it once.")
    return dict(settings)


def expand(settings: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield all combinations of the values in ``{"grid": [...]}``; a plain value is the same in all of them.

    Args:
        settings: Key -> value, or ``{"grid": [value, ...]}``.

    Yields:
        A text that tells the combination from the others in names of folders, and key -> value.

    Raises:
        ValueError: A grid is empty or no list, or its key takes no grid.

    Example:
        >>> list(expand({"seeds": "0-2", "optimizer.lr": {"grid": [0.1, 0.01]}}))[1]
        ('+lr=0.01', {'seeds': '0-2', 'optimizer.lr': 0.01})
    """
    grids = {key: _values(key, value[GRID]) for key, value in settings.items() if isinstance(value, Mapping) and GRID in value}
    shown = [key for key in grids if key not in NAMED]
    short = [key.rpartition(".")[2] for key in shown]
    for point in product(*grids.values()):
        values = dict(zip(grids, point, strict=True))
        names = [key if short.count(last) > 1 else last for key, last in zip(shown, short, strict=True)]
        numbers = [f"{name}={_text(grids[key], values[key])}" for name, key in zip(names, shown, strict=True)]
        yield "".join(f"+{number}" for number in numbers), {**settings, **values}


def parsed(value: Any) -> Any:
    """Return a setting of the config as ``--cfg-options`` reads it: YAML reads 1e-4 as a text."""
    if isinstance(value, str):
        return option_value(value)
    if isinstance(value, Sequence):
        return [parsed(part) for part in value]
    return value


def _flat(content: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and GRID in value and len(value) > 1:
            raise ValueError(f"{key}: a grid has no other keys, got {', '.join(map(str, value))}.")
        if isinstance(value, Mapping) and value and GRID not in value:
            yield from _flat(value, f"{key}.")
        else:
            yield key, value


def _values(key: str, values: Any) -> list[Any]:
    if key in WITHOUT_GRID:
        raise ValueError(f"{key}: it takes no grid; give its values in a list or a range, such as 0-4, or in one file each.")
    if not isinstance(values, list) or not values:
        raise ValueError(f"{key}: grid={values!r} must be a list of values.")
    read = [parsed(value) for value in values]
    if any(read.count(value) > 1 for value in read):
        raise ValueError(f"{key}: a value is twice in the grid {values}. Give each once.")
    return values


def _text(values: list[Any], value: Any) -> str:
    """A value in the name of a folder; its position in the grid if it is long or has unusual characters."""
    text = str(value)
    return text if len(text) <= LONGEST and re.fullmatch(r"[\w.+-]+", text) else f"value{values.index(value) + 1}"
