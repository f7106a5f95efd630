# SPDX-License-Identifier: Apache-2.0
"""Refuse a training if its run or its data lack what the method needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from mmpretrain.registry import MODELS

from flip_mm.datasets.protocols import RUNS, Run, get_run
from flip_mm.models.needs import Needs

from .common_run import is_fas
from .config_parts import class_of, type_name

PIPELINE = "train_dataloader.dataset.pipeline"
# A protocol with labelled images of the target, see get_run.
WITHOUT_UNLABELLED = "intra"


def check_needs(cfg: Mapping) -> None:
    """Check that the run and the pipeline of a training have what its method needs; see :class:`~flip_mm.models.needs.Needs`.

    Args:
        cfg: The config. One without ``FASDataset`` has no run, and is not checked.

    Raises:
        ValueError: Something is missing; the message names the runs that fit.
    """
    dataset = (cfg.get("train_dataloader") or {}).get("dataset") or {}
    if not is_fas(dataset):
        return
    run, steps = get_run(**dataset["run"]), list(_dicts(dataset.get("pipeline") or ()))
    for method, needs in needs_of(cfg.get("model") or {}):
        _check_sources(method, needs, run)
        if needs.unlabelled and not run.unlabelled:
            _check_protocol(method, run)
            raise ValueError(
                f"{method} trains on unlabelled images of the target, and this run ({run.name}) has none: use --unlabelled "
                "train, or run=dict(unlabelled='train', ...) in every dataloader; such results saw target images."
            )
        has_depth = any(type_name(step) == "LoadDepth" for step in steps) and _is_packed(steps, "algorithm_keys", "depth")
        if needs.depth and not has_depth:
            raise ValueError(
                f"{method} trains on depth maps, and {PIPELINE} makes none: it needs dict(type='LoadDepth') and "
                "PackInputs(algorithm_keys=['depth']), as in configs/_base_/datasets/mcio_depth_bs10_256.py; all runs fit."
            )
        if needs.subjects and not _is_packed(steps, "meta_keys", "subject"):
            raise ValueError(f"{method} trains on identities of subjects: {PIPELINE} needs 'subject' in PackInputs.meta_keys.")


def check_samples(model: Mapping, samples: Sequence[Mapping]) -> None:
    """Check that a method can train on its samples: subjects, and what a part's own ``check_samples(config, samples)`` checks.

    Args:
        model: The config of the model.
        samples: ``data_list`` of the training's ``FASDataset``.

    Raises:
        ValueError: It cannot; the message says why.
    """
    check_subjects(model, samples)
    for part in _dicts(model):
        if callable(check := getattr(class_of(part, MODELS), "check_samples", None)):
            check(part, samples)


def check_subjects(model: Mapping, samples: Sequence[Mapping]) -> None:
    """Check that the subjects of all labelled training images are known, for a method that trains on them.

    Args:
        model: The config of the model.
        samples: ``data_list`` of the training's ``FASDataset``.

    Raises:
        ValueError: The names of a domain tell no subjects.
    """
    for method in [name for name, needs in needs_of(model) if needs.subjects]:
        unknown = {sample["domain"]: None for sample in samples if sample.get("role") == "train" and not sample.get("subject")}
        if unknown:
            raise ValueError(
                f"{method} trains on the identities of subjects, and the names of {', '.join(unknown)} tell none: use a run "
                "with domains that name them, such as those of --protocol p1 or p3 with --no-aux."
            )


def needs_of(model: Any) -> Iterator[tuple[str, Needs]]:
    """Yield the name and the needs of the model and of each of its parts that has needs.

    Args:
        model: The config of a model.
    """
    for part in _dicts(model):
        needs = getattr(class_of(part, MODELS), "needs", None)
        if isinstance(needs, Needs):
            yield type_name(part), needs


def joint_needs(model: Any) -> Needs | None:
    """Return what the model and its parts need together; None if none has needs.

    Args:
        model: The config of a model.
    """
    found = [asdict(needs) for _, needs in needs_of(model)]
    return Needs(**{name: max(one[name] for one in found) for name in found[0]}) if found else None


def runs_with(sources: int) -> str:
    """Return the protocols and runs with at least so many labelled sources, as text.

    Example:
        >>> runs_with(3)
        '--protocol p1 (OCI->M, OMI->C, OCM->I, ICM->O)'
    """
    fitting = {
        protocol: [Run(protocol, tuple(own), (), target).name for own, target in runs if len(own) >= sources]
        for protocol, runs in RUNS.items()
    }
    return " or ".join(f"--protocol {protocol} ({', '.join(names)})" for protocol, names in fitting.items() if names)


def _check_sources(method: str, needs: Needs, run: Run) -> None:
    domains = run.train_domains
    if len(domains) < needs.sources:
        raise ValueError(
            f"{method} trains on {needs.sources} or more labelled domains, and {run.name} has {len(domains)} "
            f"({', '.join(domains)}): use {runs_with(needs.sources) or 'another method'}."
        )


def _check_protocol(method: str, run: Run) -> None:
    if run.protocol == WITHOUT_UNLABELLED:
        raise ValueError(
            f"{method} trains on unlabelled images of the target, and protocol {run.protocol} trains on them with labels: use "
            "--protocol p1 or p3 with --unlabelled train."
        )


def _is_packed(steps: list[Mapping], option: str, key: str) -> bool:
    return any(key in (step.get(option) or ()) for step in steps)


def _dicts(value: Any) -> Iterator[Mapping]:
    """Yield a dict and all dicts in it, at any depth."""
    if isinstance(value, Mapping):
        yield value
    for part in value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ():
        yield from _dicts(part)
