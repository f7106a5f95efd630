# SPDX-License-Identifier: Apache-2.0
"""Read a file of golden values, find its family, and compare its parts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from flip_mm.utils.files import read_utf8

from .rows import Row

# Family, which is a module of this package with the dict CHECKS -> a section, and a setting of `arch`, that only it has.
FAMILIES = {
    "anrl": ("passes", ""),
    "cdcn": ("cdcnpp", ""),
    "divt": ("step", "lambda"),
    "dr_uda": ("adapt", ""),
    "dupgan": ("generator_step", ""),
    "maddg": ("depth_step", ""),
    "patchnet": ("step", "num_live"),
    "rfmeta": ("iteration", ""),
    "ssan_r": ("adain_cases", ""),
    "ssdg_r": ("grl_coeff_table", ""),
    "usdan": ("step", "grl_iter"),
    "vitaf": ("stage2", ""),
    "vit": ("plain", "depth"),
}


def family(data: Mapping[str, Any]) -> str:
    """Return the family of a file's content, ``'flip'`` if it is none of the baselines.

    Example:
        >>> family({"stage2": {}}), family({"models": {}})
        ('vitaf', 'flip')
    """
    arch = data.get("arch")
    settings = arch if isinstance(arch, Mapping) else {}
    found = (name for name, (part, setting) in FAMILIES.items() if part in data and (not setting or setting in settings))
    return next(found, "flip")


def parts(data: Mapping[str, Any]) -> list[str]:
    """Return the parts of a file: those that its family checks, then those of a baseline's file that it does not know."""
    name, models = family(data), data.get("models")
    checks = import_module(f"{__package__}.{name}").CHECKS
    inside = models if isinstance(models, Mapping) else {}
    known = [part for part in checks if part in inside or part in data or f"flip_{part}" in data]
    values = [part for part, value in data.items() if isinstance(value, (Mapping, list)) and part != "arch"]
    return known if name == "flip" else [*known, *(part for part in values if part not in known)]


def check(part: str, data: dict) -> list[Row]:
    """Return the rows of one part; if it raises an error, the last row has an infinite error."""
    rows, checks = [], import_module(f"{__package__}.{family(data)}").CHECKS
    if part not in checks:
        return [Row(f"{part} (flip_mm has no check of this part)", float("inf"), 0.0)]
    try:
        for row in checks[part](data):
            rows.append(row)
    except (LookupError, ValueError, TypeError, RuntimeError, AssertionError) as error:
        rows.append(Row(f"{part} stopped: {type(error).__name__}: {error}", float("inf"), 0.0))
    return rows


def read(path: Path) -> dict:
    """Read golden values from a file.

    Raises:
        ValueError: It contains something else.
    """
    try:
        data = json.loads(read_utf8(path))
    except json.JSONDecodeError as error:
        raise ValueError(
            f"'{path}', line {error.lineno}: this is no JSON ({error.msg}); give a file of golden values."
        ) from error
    if not isinstance(data, dict) or not parts(data):
        raise ValueError(f"'{path}' contains no golden values of flip_mm: flip, {', '.join(FAMILIES)}.")
    return data
