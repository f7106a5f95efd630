# SPDX-License-Identifier: Apache-2.0
import shutil
from functools import partial

import pytest

from flip_mm.doctor.diagnosis import Diagnosis, check_dataset


@pytest.fixture
def check():
    """check(root, ...): the report of an undamaged or damaged data root; images are read unless images=False."""

    def run(root, protocols=("p1",), **kwargs):
        return check_dataset(root, protocols, **kwargs)

    return run


@pytest.fixture
def found(check):
    """found(root or report, ...): what is wrong, (code, where) -> count."""

    def run(root, *args, **kwargs):
        report = root if isinstance(root, Diagnosis) else check(root, *args, **kwargs)
        return {(own.code, own.where): own.count for own in report.findings}

    return run


@pytest.fixture
def pair(mcio):
    """A copy of the synthetic set with M, C and CelebA alone: 84 images."""
    for stem in ("replay", "oulu"):
        shutil.rmtree(mcio / "frame" / stem)
        for path in mcio.glob(f"txt/{stem}_*"):
            path.unlink()
    return mcio


@pytest.fixture
def look(check):
    """look(root): a report of all runs that are possible, images read."""
    return partial(check, protocols=())


@pytest.fixture
def edit():
    """edit(root, 'msu_real_train', function): replace a list's lines by what a function makes of them; returns the old ones."""

    def change(root, name, function):
        path = root / "txt" / f"{name}.txt"
        lines = path.read_text().splitlines()
        path.write_text("\n".join(function(lines)), encoding="utf-8")
        return lines

    return change
