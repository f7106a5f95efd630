# SPDX-License-Identifier: Apache-2.0
import pytest
from fixtures.archive_lines import LINES


@pytest.fixture
def raw(write_archive, tmp_path):
    """raw(name): an archive that its lines could come from, of empty files."""
    return lambda name: write_archive(name, tmp_path / "raw", LINES[name])
