# SPDX-License-Identifier: Apache-2.0
import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def write_archive():
    """write_archive(name, root, lines, media=False): an archive that the lines of official lists could come from."""
    spec = importlib.util.spec_from_file_location("archives", Path(__file__).with_name("archives.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.write_archive
