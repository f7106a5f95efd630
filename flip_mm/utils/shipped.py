# SPDX-License-Identifier: Apache-2.0
"""Find the shipped configs and tools: next to the package in a checkout, inside it when installed."""

from __future__ import annotations

from pathlib import Path

from .nearest import did_you_mean

# File name endings of configs.
FORMATS = (".py", ".json", ".yml", ".yaml")
PACKAGE = Path(__file__).parents[1]
# Folders of configs/ with many variants, which messages do not list.
VARIANTS = ("ablations", "language")


def shipped(kind: str) -> Path:
    """Return the folder of the shipped files.

    Args:
        kind: ``'configs'`` or ``'tools'``.

    Returns:
        The folder inside the installed package, or the one of the checkout.
    """
    inside = PACKAGE / ".mim" / kind
    return inside if inside.is_dir() else PACKAGE.parent / kind


def shipped_configs() -> list[Path]:
    """Return the shipped configs, those in subfolders last."""
    folder = shipped("configs")
    configs = (path for path in folder.rglob("*.py") if "_base_" not in path.relative_to(folder).parts)
    return sorted(configs, key=lambda path: (path.parent != folder, path.name))


def config_file(name: str) -> Path:
    """Return the path of a config as :func:`find_config`, and refuse other files.

    Raises:
        FileNotFoundError: There is no such config.
        ValueError: Its name has another ending.
    """
    path = find_config(name)
    if path.suffix not in FORMATS:
        endings = ", ".join(FORMATS)
        raise ValueError(f"'{path}' is no config: its name must end in {endings}. Give the config first, a checkpoint second.")
    return path


def find_config(name: str) -> Path:
    """Return the path of a config.

    Args:
        name: A path, or the name of a shipped config with or without ``configs/`` and ``.py``: ``flip_mcl_p1``. The name is
            enough also for a config in a subfolder. An existing file at this path has priority.

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
        raise IsADirectoryError(f"'{name}' is a folder: give a config file in it.")
    if len(same := [config for config in shipped_configs() if config.stem == Path(name).stem and len(path.parts) == 1]) == 1:
        return same[0]
    configs = shipped_configs()
    suggestion = did_you_mean(inside.stem, [config.stem for config in configs], most=1)
    names = ", ".join(config.stem for config in configs if config.parent.name not in VARIANTS)
    raise FileNotFoundError(
        f"No config at '{name}'{suggestion or '.'} The shipped ones are {names}, and those in "
        f"{' and '.join(f'{folder.name}/{variants}' for variants in VARIANTS)}; for any other one give its path."
    )
