# SPDX-License-Identifier: Apache-2.0
import csv
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from flip_mm.datasets.sets import ARCHIVES

VIDEOS = ["train/real/1_1_01_1", "train/fake/1_1_01_2", "test/real/2_1_36_1", "test/fake/2_1_36_4"]


@pytest.fixture(scope="session")
def shared_raw(tmp_path_factory, write_archive):
    """An archive of four videos of OULU-NPU."""
    return write_archive(
        "oulu_npu",
        tmp_path_factory.mktemp("archives") / "OULU NPU é",
        [f"oulu/{video}_frame0.png" for video in VIDEOS],
        media=True,
    )


@pytest.fixture
def raw(shared_raw, tmp_path):
    """A copy that a test may damage."""
    return Path(shutil.copytree(shared_raw, tmp_path / "raw"))


@pytest.fixture
def convert(end_tool, monkeypatch):
    """convert(raw, out, *flags): OULU's converter, content with four videos of the 3,600."""
    archive = ARCHIVES["oulu_npu"]

    def scan(walk):
        found = archive.scan(walk)
        return replace(found, problems=[problem for problem in found.problems if problem.source != "."])

    monkeypatch.setitem(ARCHIVES, "oulu_npu", replace(archive, scan=scan))

    def run(raw, out, *arguments, faces="none"):
        return end_tool("dataset_converters/oulu_npu.py", raw, out, "--workers", 1, "--faces", faces, *arguments)

    return run


@pytest.fixture
def tree():
    """Every file below a folder, with its content."""
    return lambda root: {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def whole(shared_raw, tmp_path, convert, tree):
    """What an attempt without interruption writes."""
    assert convert(shared_raw, tmp_path / "whole") == 0
    return tree(tmp_path / "whole")


@pytest.fixture(scope="session")
def read_csv():
    """Rows of a CSV file, column -> cell."""

    def read(path):
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    return read
