# SPDX-License-Identifier: Apache-2.0
"""Find the configs that train before a config: ``previous_stage``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flip_mm.apis.read_config import read_config
from flip_mm.config_checks.check_config import PREVIOUS_STAGE
from flip_mm.utils.shipped import config_file

LIST_MARKS = ",()[]{}'\""


def stage_configs(config: str) -> list[str]:
    """Return the configs of all stages, the given one last.

    A config names the one before it by ``previous_stage = 'other_config'``: a path relative to its own folder, or the name of a
    shipped config.

    Args:
        config: Path of a config, or name of a shipped one.

    Raises:
        FileNotFoundError: A config is missing.
        ValueError: The stages form a loop, or a name is no text.
    """
    found = [config]
    while previous := _previous(found[0]):
        paths = [config_file(name).resolve() for name in found]
        if config_file(previous).resolve() in paths:
            raise ValueError(f"{found[0]}: {PREVIOUS_STAGE}='{previous}' leads back to a later stage. Remove one of them.")
        found.insert(0, previous)
    return found


def check_start(work_dir: str, stages: Sequence[str]) -> None:
    """Refuse a work dir with characters that ``--cfg-options load_from=PATH`` would read as a list.

    Raises:
        ValueError: There are several stages, and the name has such a character.
    """
    if len(stages) > 1 and (found := sorted({*LIST_MARKS} & {*work_dir})):
        raise ValueError(
            f"--work-dir '{work_dir}' contains '{found[0]}', and the stages of '{stages[-1]}' give each other paths as "
            "options, where it would begin a list: choose another name."
        )


def _previous(config: str) -> str:
    """The config that a config names; '' for none."""
    path = config_file(config)
    name = read_config(path, without=("flip_mm", "flip_mm.register")).get(PREVIOUS_STAGE)
    if not name:
        return ""
    if not isinstance(name, str):
        raise ValueError(f"{path}: {PREVIOUS_STAGE}={name!r} must be the path of a config, or the name of a shipped one.")
    beside = Path(path).parent / name
    try:
        return str(config_file(str(beside) if beside.is_file() else name))
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{path}: {PREVIOUS_STAGE}='{name}': {error}") from error
