# SPDX-License-Identifier: Apache-2.0
"""What a user asks for: configs, runs and seeds."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flip_mm.apis.run_config import training_arguments
from flip_mm.utils.option_value import option_value


@dataclass(frozen=True)
class Experiment:
    """Trainings with the same settings: every config with every run, number of shots and seed.

    Attributes:
        configs: Paths of configs, or names of shipped ones.
        work_dir: Folder of all work dirs.
        protocol: Protocol; None for that of each config.
        runs: Which runs, see :func:`~flip_mm.experiments.choices.choose_runs`.
        seeds: The seeds.
        shots: Target images per class in the training, each number in trainings of its own; empty for that of the config.
        holdout: Share of the source videos that do not train; None for that of the config.
        aux: Whether to train on the auxiliary domain; None for the config's choice.
        unlabelled: List of target images that train without labels; None for that of the config.
        data_root: Folder of the data set; None for that of the config.
        depth_root: Folder of depth maps; None for that of the config.
        cfg_options: Settings to override, dotted key -> value.
        variant: Added to the name of the folder, if other experiments have the same configs with other settings.
    """

    configs: tuple[str, ...]
    work_dir: str
    protocol: str | None = None
    runs: str = "all"
    seeds: tuple[int, ...] = (0,)
    shots: tuple[int, ...] = ()
    holdout: float | None = None
    aux: bool | None = None
    unlabelled: str | None = None
    data_root: str | None = None
    depth_root: str | None = None
    cfg_options: Mapping[str, Any] = field(default_factory=dict)
    variant: str = ""

    def arguments(self, config: str, **chosen: Any) -> Namespace:
        """Return the arguments of ``flip_mm train`` for a config.

        Args:
            config: One of ``configs``.
            **chosen: ``target``, ``source``, ``shots`` and ``seed``; those left out are None.
        """
        settings = {
            name: getattr(self, name) for name in ("protocol", "holdout", "aux", "unlabelled", "data_root", "depth_root")
        }
        settings |= dict(cfg_options=dict(self.cfg_options) or None)
        return training_arguments(config, **settings | chosen)


def command_line(args: Namespace) -> list[str]:
    """Return the config and options of :meth:`Experiment.arguments` as words of a command line.

    Raises:
        ValueError: A setting cannot be written on a command line.
    """
    words = [args.config]
    for name in ("protocol", "target", "source", "shots", "holdout", "unlabelled", "data_root", "depth_root", "seed"):
        value = getattr(args, name)
        if value is not None:
            words += [f"--{name.replace('_', '-')}", f"{value:g}" if isinstance(value, float) else str(value)]
    words += [] if args.aux is None else ["--aux" if args.aux else "--no-aux"]
    words += ["--no-validate"] if args.no_validate else []
    words += [] if args.validate == "all" else ["--validate", args.validate]
    options = [f"{key}={option_text(key, value)}" for key, value in (args.cfg_options or {}).items()]
    return [*words, *(["--cfg-options", *options] if options else [])]


def option_text(key: str, value: Any) -> str:
    """Return a setting as ``--cfg-options`` reads it.

    Raises:
        ValueError: The value would be read as another one; texts with commas or brackets, dicts.

    Example:
        >>> option_text("a", [1, 2.5]), option_text("b", None), option_text("c", "cosine")
        ('[1,2.5]', 'None', 'cosine')
    """
    text = _text(value)
    try:
        is_same = repr(option_value(text)) == repr(value)
    except ValueError:
        is_same = False
    if not is_same:
        raise ValueError(
            f"{key}={value!r} cannot be given to a training as an option: write a config of two lines, _base_ = ['the config'] "
            "and this setting."
        )
    return text


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        inside = ",".join(map(_text, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    return str(value)
