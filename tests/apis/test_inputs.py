# SPDX-License-Identifier: Apache-2.0
"""The message about a checkpoint that cannot be used lists the checkpoints in its folder."""

import pytest
from mmengine.config import Config

from flip_mm.apis import check_inputs


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("iter_999.pth", "There is no checkpoint '{}': check the path; checkpoints in '{folder}': a.pth, best.pth."),
        (
            "o*.pth",
            "There is no checkpoint '{}': no file matches this pattern; checkpoints in '{folder}': a.pth, best.pth.",
        ),
        ("", "The checkpoint '{}' is a folder: give a file in it; checkpoints in '{folder}': a.pth, best.pth."),
        ("record.json", "'{}' is no checkpoint: give a .pth file; checkpoints in '{folder}': a.pth, best.pth."),
        ("config.py", "'{}' is a config, but a checkpoint is needed: give the config first, the checkpoint second."),
        ("sub/a.pth", "There is no checkpoint '{}': check the path."),
    ],
)
def test_a_checkpoint_that_cannot_be_used(tmp_path, name, message):
    for file in ("best.pth", "a.pth", "record.json", "config.py"):
        (tmp_path / file).touch()
    path = str(tmp_path / name)
    with pytest.raises(FileNotFoundError) as error:
        check_inputs(Config(dict(model={}, load_from=path)))
    assert str(error.value) == message.format(path, folder=tmp_path)
