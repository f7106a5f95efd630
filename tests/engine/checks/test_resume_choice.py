# SPDX-License-Identifier: Apache-2.0
"""Which checkpoint a training continues from."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from flip_mm.engine.checks.resume_choice import newest_readable


@pytest.fixture
def said():
    return []


@pytest.fixture
def logger(said):
    return SimpleNamespace(warning=said.append, info=said.append)


def test_which_checkpoint_is_used(tmp_path, logger, said):
    def choose(pointer=None):
        (tmp_path / "last_checkpoint").unlink(missing_ok=True)
        if pointer is not None:
            (tmp_path / "last_checkpoint").write_text(pointer)
        path = newest_readable(tmp_path, logger)
        return path and Path(path).name

    assert choose() is choose("") is None
    assert said[0] == f"--resume: {tmp_path} contains no checkpoint, training starts at iteration 0."
    for number in (2, 10, 9):
        torch.save(dict(n=number), tmp_path / f"iter_{number}.pth")
    # By number and not by name; later ones than the pointer are an earlier training's; a pointer survives a move.
    assert choose() == choose("") == choose("/gone/iter_10.pth") == "iter_10.pth"
    assert choose(str(tmp_path / "iter_9.pth")) == "iter_9.pth"
    (tmp_path / "iter_9.pth").write_bytes(b"PK")
    assert choose(str(tmp_path / "iter_9.pth")) == "iter_2.pth"
    assert choose("\0\0") == choose("iter_11.pth") == "iter_10.pth"
    (tmp_path / "iter_2.pth").unlink()
    (tmp_path / "iter_10.pth").unlink()
    with pytest.raises(RuntimeError, match=r"None of the 1 checkpoints of .* can be read: .*iter_9.pth' was refused"):
        choose()


def test_checkpoints_in_a_separate_folder(tmp_path, logger):
    torch.save(dict(n=1), tmp_path / "iter_4.pth")
    (tmp_path / "w").mkdir()
    (tmp_path / "w/last_checkpoint").write_text(str(tmp_path / "iter_5.pth"))
    assert newest_readable(tmp_path / "w", logger) == str(tmp_path / "iter_4.pth")
