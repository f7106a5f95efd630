# SPDX-License-Identifier: Apache-2.0
import pytest

from flip_mm.datasets.checks.report import check_dataset


@pytest.fixture
def check():
    """check(root, ...): the report of an undamaged or damaged data root; images are read unless images=False."""

    def run(root, protocols=("p1",), **kwargs):
        return check_dataset(root, protocols, **kwargs)

    return run


@pytest.fixture
def found(check):
    """found(root, ...): what the report says is wrong, (code, where) -> count."""

    def run(root, *args, **kwargs):
        return {(own.code, own.where): own.count for own in check(root, *args, **kwargs).findings}

    return run


@pytest.fixture
def edit():
    """edit(root, 'msu_real_train', function): replace a list's lines by what a function makes of them; returns the old ones."""

    def change(root, name, function):
        path = root / "txt" / f"{name}.txt"
        lines = path.read_text().splitlines()
        path.write_text("\n".join(function(lines)), encoding="utf-8")
        return lines

    return change
