# SPDX-License-Identifier: Apache-2.0
"""Golden values of the methods in the tables of the FLIP paper; whole files with ``pytest -m golden -n 0 tests/golden``."""

import copy
import json
import os
from importlib import import_module
from pathlib import Path

import pytest

from flip_mm.golden.files import FAMILIES, check, family, parts

FILES = sorted((Path(__file__).parents[1] / "data/baselines").glob("*.json"))
# Family -> its quick parts.
QUICK = {
    "anrl": ["passes"],
    "cdcn": ["contrast_case", "cdc_case", "cdcnpp"],
    "divt": ["step"],
    "dr_uda": ["adapt"],
    "dupgan": ["generator_step"],
    "maddg": ["critic", "triplet_cases"],
    "patchnet": ["step", "loss_cases"],
    "rfmeta": ["iteration"],
    "ssan_r": ["reversed", "metrics", "contrast_cases", "adain_cases"],
    "ssdg_r": ["dropout_masks", "triplet_cases"],
    "usdan": ["step"],
    "vit": ["plain"],
    "vitaf": ["stage2"],
}


def load(name):
    return json.loads((FILES[0].parent / f"{name}_a.json").read_text())


def test_every_family_has_a_file_and_a_quick_part():
    assert {family(json.loads(path.read_text())) for path in FILES} == FAMILIES.keys()
    assert QUICK.keys() == FAMILIES.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_section_has_a_check(path):
    data = json.loads(path.read_text())
    checks = import_module(f"flip_mm.golden.{family(data)}").CHECKS
    assert {*parts(data)} == data.keys() - {"arch", "dtype"} <= checks.keys()


def test_a_part_without_a_check_counts_as_wrong():
    (row,) = check("new", dict(load("vit"), new={"loss": 1.0}))
    assert (row.ok, row.name) == (False, "new (flip_mm has no check of this part)")


@pytest.mark.parametrize(("name", "part"), [(name, part) for name, quick in QUICK.items() for part in quick])
def test_quick_parts(name, part):
    rows = check(part, load(name))
    assert rows
    assert [row for row in rows if not row.ok] == []


@pytest.mark.golden
@pytest.mark.skipif(not os.environ.get("FLIP_MM_GOLDEN"), reason="FLIP_MM_GOLDEN=1 checks whole files")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_whole_files(path):
    data = json.loads(path.read_text())
    assert [row for part in parts(data) for row in check(part, data) if not row.ok] == []


def test_a_wrong_value_is_found():
    data = copy.deepcopy(load("vit"))
    data["plain"]["loss"] *= 1 + 1e-6
    assert [row.name for row in check("plain", data) if not row.ok] == ["plain loss"]
