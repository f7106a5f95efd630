# SPDX-License-Identifier: Apache-2.0
"""Read a config file; errors are one sentence that names the file and line."""

from __future__ import annotations

import traceback
from collections.abc import Collection, Mapping
from pathlib import Path

from mmengine.config import Config
from mmengine.utils import import_modules_from_strings

from flip_mm.utils.shipped import FORMATS

IMPORTS = ("imports", "allow_failed_imports")
EXAMPLE = 'custom_imports = dict(imports=["flip_mm.register"], allow_failed_imports=False)'
IMPORTABLE = "What custom_imports or the config itself imports must be importable: check the name, or set PYTHONPATH."


def read_config(path: Path, without: Collection[str] = ()) -> Config:
    """Read a config with its ``_base_`` files, and import its ``custom_imports``.

    Args:
        path: A file, see :func:`~flip_mm.utils.shipped.config_file`.
        without: Modules of ``custom_imports`` that are not imported.

    Returns:
        The config.

    Raises:
        ValueError: The file is no config, or executing it fails.
        FileNotFoundError: A file under ``_base_`` is missing.
        ImportError: A module of ``custom_imports`` cannot be imported.
    """
    _check_bases(path, ())
    try:
        cfg = Config.fromfile(path, lazy_import=False, import_custom_modules=False)
    except ImportError as error:
        raise ImportError(f"{path}: {_without_path(error)}. {IMPORTABLE}") from error
    except (Exception, SystemExit) as error:  # a config is a program and can raise anything
        raise _unreadable(path, error) from error
    _import_custom_modules(cfg, path, without)
    return cfg


def _check_bases(path: Path, above: tuple[Path, ...]) -> None:
    """Follow ``_base_`` as mmengine will, so that an error names the file with the mistake.

    Args:
        path: A config.
        above: The chain of files that have it as their base.
    """
    chain = (*above, path)
    if path.resolve() in [file.resolve() for file in above]:
        raise ValueError(f"{above[0]}: its _base_ files form a loop: {' -> '.join(map(str, chain))}. Remove one of them.")
    try:
        bases = Config._get_base_files(str(path))
    except Exception as error:  # the file may contain anything
        raise _unreadable(path, error) from error
    for base in bases:
        if not isinstance(base, str):
            raise ValueError(f"{path}: _base_ contains {base!r}: give the path of a config, or a list of paths.")
        try:
            base_path = Path(Config._get_cfg_path(base, str(path))[0])
        except Exception as error:  # looking up a package's config, 'mmpretrain::...', can raise anything
            raise ValueError(
                f"{path}: _base_ contains '{base}', which was not found: {_reason(error)}. Give the path of the file."
            ) from error
        if "::" in base:
            continue
        if not base_path.is_file():
            raise FileNotFoundError(
                f"{path}: a file in its _base_ is missing: '{base_path}'. Copy a config together with its _base_ files, or use "
                "absolute paths."
            )
        if base_path.suffix not in FORMATS:
            raise ValueError(
                f"{path}: _base_ contains '{base}', which is no config: the name must end in {', '.join(FORMATS)}."
            )
        _check_bases(base_path, chain)


def _import_custom_modules(cfg: Config, path: Path, without: Collection[str]) -> None:
    """Import the modules in ``custom_imports``."""
    custom = cfg.get("custom_imports")
    if custom is None:
        return
    if not isinstance(custom, Mapping) or not custom.keys() <= set(IMPORTS):
        raise ValueError(f"{path}: custom_imports={custom!r} must be a dict with {' and '.join(IMPORTS)}, e.g. {EXAMPLE}.")
    if without and isinstance(names := custom.get("imports"), (list, tuple)):
        custom = {**custom, "imports": [name for name in names if name not in without]}
    try:
        import_modules_from_strings(**custom)
    except ImportError as error:
        raise ImportError(f"{path}: {_without_path(error.__context__ or error)}. {IMPORTABLE}") from error
    except Exception as error:  # of the module that is imported
        raise ValueError(f"{path}: custom_imports={custom!r}: {_reason(error)}; expected, e.g., {EXAMPLE}.") from error


def _without_path(error: BaseException) -> str:
    return str(error).partition(", the current sys.path")[0]


def _unreadable(path: Path, error: BaseException) -> ValueError:
    return ValueError(f"{path}{_line(path, error)}: the config cannot be read: {_reason(error)}. Correct it.")


def _line(path: Path, error: BaseException) -> str:
    """', line 3' if the error was raised in the file itself."""
    inner = next((e for e in (error, error.__cause__, error.__context__) if getattr(e, "lineno", None)), None)
    if isinstance(inner, SyntaxError):
        return f", line {inner.lineno}"
    # mmengine executes a copy under another name.
    steps = _steps(error)
    steps = [step for step in steps if step.filename != __file__ and "mmengine" not in step.filename]
    return f", line {steps[-1].lineno}" if steps and steps[-1].name == "<module>" else ""


def _steps(error: BaseException) -> traceback.StackSummary:
    return traceback.extract_tb(error.__traceback__)


def _reason(error: BaseException) -> str:
    """The cause of an error in words."""
    if isinstance(error, UnicodeDecodeError):
        return "it is no UTF-8 text"
    if isinstance(error, AttributeError) and _steps(error)[-1].name == "_get_base_files":
        return "it must contain settings by name"  # JSON and YAML may contain a list or a number
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    if isinstance(error, KeyError) and any(step.name == "_substitute_base_vars" for step in _steps(error)):
        return f"{{{{_base_.{text}}}}}: no file under _base_ sets '{text}'"
    cause = error.__cause__ or error.__context__
    if isinstance(error, SyntaxError) and isinstance(cause, SyntaxError):
        text = cause.msg
    return f"{type(error).__name__}: {text.strip().rstrip('.')}"
