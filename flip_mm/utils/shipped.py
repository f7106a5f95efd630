# SPDX-License-Identifier: Apache-2.0
"""Where the configs and tools are: beside the package in a checkout, inside it when installed."""

from __future__ import annotations

from pathlib import Path

from .nearest import did_you_mean

# How the name of a config ends.
FORMATS = (".py", ".json", ".yml", ".yaml")
PACKAGE = Path(__file__).parents[1]


def shipped(kind: str) -> Path:
    """Folder of the shipped files.

    Args:
        kind: ``'configs'`` or ``'tools'``.

    Returns:
        The folder that ``setup.py`` put into the installed package, or the checkout's.
    """
    inside = PACKAGE / ".mim" / kind
    return inside if inside.is_dir() else PACKAGE.parent / kind


def shipped_configs() -> list[Path]:
    """The shipped configs, those of methods in a folder of their own last."""
    folder = shipped("configs")
    found = (path for path in folder.rglob("*.py") if "_base_" not in path.relative_to(folder).parts)
    return sorted(found, key=lambda path: (path.parent != folder, path.name))


def config_file(name: str) -> Path:
    """As :func:`find_config`; refuses a file of another kind.

    Raises:
        FileNotFoundError: There is no such config.
        ValueError: Its name does not end as that of a config.
    """
    path = find_config(name)
    if path.suffix not in FORMATS:
        endings = ", ".join(FORMATS)
        raise ValueError(f"'{path}' is no config: its name must end in {endings}. The config comes first, a checkpoint second.")
    return path


def find_config(name: str) -> Path:
    """Path of a config.

    Args:
        name: A path, or the name of a shipped config with or without ``configs/`` and ``.py``: ``flip_mcl_p1``. A config of
            a subfolder is found by its name alone. A file in the working folder goes first.

    Returns:
        The path.

    Raises:
        FileNotFoundError: There is no such config.
    """
    if not name:
        raise FileNotFoundError("The name of the config is empty: give its path, or the name of a shipped one.")
    path = Path(name)
    if path.is_file():
        return path
    folder = shipped("configs")
    inside = folder / name.removeprefix("configs/").removesuffix(".py")
    inside = inside.with_name(f"{inside.name}.py")
    if inside.is_file():
        return inside
    if path.is_dir():
        raise IsADirectoryError(f"'{name}' is a folder: name a config file in it.")
    if len(same := [config for config in shipped_configs() if config.stem == Path(name).stem and len(path.parts) == 1]) == 1:
        return same[0]
    names = [config.stem for config in shipped_configs()]
    meant = did_you_mean(inside.stem, names, most=1)
    raise FileNotFoundError(
        f"No config at '{name}'{meant or '.'} The shipped ones are {', '.join(names)}; any other one is named by its path."
    )
