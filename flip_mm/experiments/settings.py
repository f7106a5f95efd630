# SPDX-License-Identifier: Apache-2.0
"""Read the settings of experiments: from a command line, a grid or Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flip_mm.datasets.protocols import UNLABELLED
from flip_mm.utils.nearest import did_you_mean

from .choices import MOST_SHOTS, numbers, seeds
from .experiment import Experiment
from .grid import expand, parsed

# Key -> types of its value, and what to give.
KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "configs": ((str, list, tuple), "the name of a config, or a list of them"),
    "work_dir": ((str,), "a folder"),
    "protocol": ((str,), "the name of a protocol"),
    "runs": ((str, list, tuple), "all, M,O or C-I"),
    "seeds": ((int, str, list, tuple), "0-4 or 0,2,5"),
    "shots": ((int, str, list, tuple), "0,5"),
    "holdout": ((int, float), "a share from 0 to below 1"),
    "aux": ((bool,), "true or false"),
    "unlabelled": ((str,), "train or test"),
    "data_root": ((str,), "a folder"),
    "depth_root": ((str,), "a folder"),
}
# Before the name of a setting of the config; a name with a dot needs none.
OPTIONS = "cfg_options."
REQUIRED = ("configs", "work_dir")
# Settings of the config that differ between the trainings -> the setting here that chooses them.
CHOSEN = {"randomness": "seeds", "randomness.seed": "seeds", "work_dir": "work_dir"}


def make_experiments(settings: Mapping[str, Any]) -> list[Experiment]:
    """Return the experiments of settings, one for each point of their grid.

    Args:
        settings: Keys of :data:`KINDS`, ``cfg_options`` with settings of the config, or these directly if they have dots in
            their names, such as ``optim_wrapper.optimizer.lr``; see :func:`~flip_mm.experiments.grid.expand` for grids.

    Raises:
        ValueError: A key is unknown or missing, or a value is wrong.
    """
    settings = dict(_flat_options(settings))
    for key in settings:
        if "." not in key and key not in KINDS:
            suggestion = did_you_mean(key, KINDS, most=1) or "."
            raise ValueError(
                f"There is no setting '{key}'{suggestion} The settings are {', '.join(KINDS)}, and those of a config with "
                "dots: optim_wrapper.optimizer.lr."
            )
    if missing := [key for key in REQUIRED if settings.get(key) is None]:
        raise ValueError(f"{' and '.join(missing)} missing: the settings need {' and '.join(REQUIRED)}.")
    return [_experiment(point, variant) for variant, point in expand(settings)]


def _flat_options(settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Settings with ``{"cfg_options": {"load_from": PATH}}`` as ``{"cfg_options.load_from": PATH}``."""
    for key, value in settings.items():
        if f"{key}." == OPTIONS and (value is None or isinstance(value, Mapping)):
            yield from ((f"{OPTIONS}{name}", part) for name, part in (value or {}).items())
        else:
            yield key, value


def _experiment(point: Mapping[str, Any], variant: str) -> Experiment:
    given = {key: _checked(key, value) for key, value in point.items() if key in KINDS and value is not None}
    for key in ("configs", "runs", "seeds", "shots"):
        if isinstance(value := given.get(key), (list, tuple)):
            given[key] = ",".join(map(str, value)) if key != "configs" else tuple(map(str, value))
    configs = given["configs"]
    given["configs"] = (configs,) if isinstance(configs, str) else configs
    if "seeds" in given:
        given["seeds"] = seeds(str(given["seeds"]))
    if "shots" in given:
        given["shots"] = numbers(str(given["shots"]), "--shots", MOST_SHOTS)
    options = {key.removeprefix(OPTIONS): parsed(value) for key, value in point.items() if key not in KINDS}
    if chosen := next((key for key in options if key in CHOSEN), None):
        raise ValueError(f"The option {chosen} cannot be the same in all trainings: give {CHOSEN[chosen]} instead.")
    return Experiment(**given, cfg_options=options, variant=variant)


def _checked(key: str, value: Any) -> Any:
    kinds, words = KINDS[key]
    if float in kinds:
        value = parsed(value)  # YAML reads 1e-1 as a text
    is_flag = isinstance(value, bool) and bool not in kinds
    if is_flag or not isinstance(value, kinds) or value in ("", [], ()):
        raise ValueError(f"{key}: {value!r} must be {words}.")
    if key == "unlabelled" and value not in UNLABELLED:
        raise ValueError(f"{key}: {value!r} must be {words}.")
    return value
