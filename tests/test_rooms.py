# SPDX-License-Identifier: Apache-2.0
"""The rooms of the package import each other in one direction."""

import ast
import re
from pathlib import Path

import flip_mm

PACKAGE = Path(flip_mm.__file__).parent


def imported(path):
    """Full names of all modules of this package that a file imports, also inside of functions."""
    package = ["flip_mm", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def rooms():
    """Room -> the rooms that it imports."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        inside = path.relative_to(PACKAGE).parts
        if len(inside) > 1:
            modules = [name.split(".") for name in imported(path)]
            others = {parts[1] for parts in modules if parts[0] == "flip_mm" and len(parts) > 2} - {inside[0]}
            found.setdefault(inside[0], set()).update(others)
    return found


def test_rooms_import_only_rooms_below_them():
    page = (Path(__file__).parents[1] / "docs/code.md").read_text(encoding="utf-8").split("##")[0]
    cells = re.findall(r"^\| (`.*?) \|", page, re.MULTILINE)
    order = [name for cell in cells for name in re.findall(r"`(\w+)/`", cell)]
    found = rooms()
    assert set(order) == found.keys()
    place = {room: number for number, room in enumerate(order)}
    assert not [(room, other) for room in order for other in found[room] & {*order} if place[other] < place[room]]


def test_the_lowest_rooms_know_nothing_of_face_anti_spoofing():
    found = rooms()
    assert found["utils"] == found["compat"] - {"utils"} == set()
    assert found["media"] <= {"utils"}
    assert found["faces"] <= {"media", "utils"}
