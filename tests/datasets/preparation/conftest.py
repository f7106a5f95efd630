# SPDX-License-Identifier: Apache-2.0
import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def fake_archives():
    """The module archives.py beside this file."""
    spec = importlib.util.spec_from_file_location("archives", Path(__file__).with_name("archives.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def write_archive(fake_archives):
    """write_archive(name, root, lines, media=False): an archive that the lines of official lists could come from."""
    return fake_archives.write_archive
