# SPDX-License-Identifier: Apache-2.0
"""Train and test from Python: the commands ``train`` and ``test`` as functions that return data frames."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flip_mm.evaluation.result_row import result_row
from flip_mm.evaluation.results import read_records

from .evaluate_model import evaluate_model
from .run_config import CHOSEN, training_arguments
from .train_model import train_model

if TYPE_CHECKING:
    import pandas as pd


def train(
    config: str | Path,
    *,
    resume: bool | str = False,
    amp: bool = False,
    validate: bool | str = True,
    **options: Any,
) -> pd.DataFrame:
    """Train a model, as ``flip_mm train`` does.

    Args:
        config: Path of a config file, or name of a shipped one.
        resume: Continue: True from the work dir's latest checkpoint, or the path of a checkpoint.
        amp: Train in mixed precision.
        validate: Evaluate during training; ``'dev'`` evaluates only the held-out source videos.
        **options: As on the command line: ``protocol``, ``target``, ``source``, ``shots``, ``holdout``, ``unlabelled``,
            ``aux`` (False for ``--no-aux``), ``data_root``, ``depth_root``, ``work_dir``, ``seed``; ``cfg_options`` is
            a dict of settings to override, ``{"train_cfg.max_iters": 10}``.

    Returns:
        The results in the training's record, see :func:`results`.

    Raises:
        TypeError: There is an unknown option.
        ValueError: What ``flip_mm train`` refuses; the message says what to do.
        ImportError: pandas is missing.

    Example:
        >>> from flip_mm import train
        >>> frame = train("flip_mcl_demo", target="M", seed=1)  # doctest: +SKIP
        >>> frame.query("selection == 'last'")[["run", "HTER", "AUC"]]  # doctest: +SKIP
    """
    _pandas()
    args = _arguments(config, options)
    args.resume = "auto" if resume is True else resume or None
    args.amp, args.no_validate = amp, not validate
    args.validate = "dev" if validate == "dev" else "all"
    return results(train_model(args).work_dir)


def evaluate(
    config: str | Path, checkpoint: str | Path, *, report: bool = False, pictures: bool = True, **options: Any
) -> pd.DataFrame:
    """Test a checkpoint, as ``flip_mm test`` does.

    Args:
        config: Path of a config file, or name of a shipped one.
        checkpoint: A checkpoint of a training.
        report: Write ``report.html`` into the work dir.
        pictures: Show the images of the worst mistakes in it.
        **options: See :func:`train`.

    Returns:
        The results in the record, see :func:`results`; those of this test have the name of the checkpoint.

    Raises:
        TypeError: There is an unknown option.
        ValueError: What ``flip_mm test`` refuses; the message says what to do.
        ImportError: pandas is missing.
    """
    _pandas()
    args = _arguments(config, options)
    args.checkpoint, args.report, args.no_pictures = str(checkpoint), report, not pictures
    found = results(evaluate_model(args).work_dir)
    return found[(found["split"] == "test") & (found["checkpoint"] == Path(checkpoint).name)].reset_index(drop=True)


def results(*places: str | Path) -> pd.DataFrame:
    """Read the results of all records in files and folders.

    Args:
        places: Files, or folders that contain ``record*.json`` at any depth.

    Returns:
        A row per evaluation, role and rule, with the columns of :func:`~flip_mm.evaluation.result_row.result_row`.

    Raises:
        FileNotFoundError: There is no record.
        ImportError: pandas is missing.
    """
    return _pandas().DataFrame([result_row(result) for result in read_records(*places)])


def _arguments(config: str | Path, options: Mapping[str, Any]) -> Namespace:
    """The namespace that the command line would give."""
    if unknown := sorted(options.keys() - {*CHOSEN}):
        raise TypeError(f"unknown option {', '.join(unknown)}; there are {', '.join(CHOSEN)}.")
    given = dict.fromkeys(CHOSEN) | options
    for name in ("data_root", "depth_root", "work_dir"):
        given[name] = None if given[name] is None else str(given[name])
    return training_arguments(str(config), **given)


def _pandas() -> Any:
    try:
        import pandas
    except ImportError as error:
        raise ImportError('This function returns pandas data frames: pip install "flip_mm[notebook]".') from error
    return pandas
