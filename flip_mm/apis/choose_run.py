# SPDX-License-Identifier: Apache-2.0
"""Set the protocol and run of a config's dataloaders."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flip_mm.datasets.data_set import DataSet
from flip_mm.datasets.protocols import LAYOUTS, RUNS, get_run
from flip_mm.datasets.sets import DATA_SETS
from flip_mm.utils.nearest import did_you_mean

CHOICES = ("target", "source", "shots", "holdout", "aux", "unlabelled")
# Data root of a shipped config -> domains in it.
DATA_ROOTS = {f"data/{name}": domains for name, domains in LAYOUTS.items()}


def choose_run(loaders: Sequence[dict], args: Namespace) -> None:
    """Set the same run and data root in every dataloader.

    Args:
        loaders: The dataloaders of a config.
        args: With ``protocol``, :data:`CHOICES`, ``data_root`` and ``depth_root``, each None if it was not given.

    Raises:
        ValueError: There is no such protocol or run, or a data set has none; or ``depth_root`` for a config without depth.
    """
    chosen = {key: value for key in CHOICES if (value := getattr(args, key)) is not None}
    for loader in loaders:
        dataset = loader["dataset"]
        if chosen or args.protocol is not None:
            run = dict(dataset.get("run", {}))
            if "protocol" not in run:
                given = "protocol" if args.protocol is not None else next(iter(chosen))
                raise ValueError(f"--{given} chooses a run of a protocol, and this config's dataset has no run.protocol.")
            if args.protocol is not None:
                run = _with_protocol(run, args.protocol, chosen)
            run |= chosen
            for option in ("target", "source"):
                _check_domain(option, chosen.get(option), run["protocol"])
            resolved = get_run(**run)
            if run.get("source") is not None:
                run["source"] = resolved.sources[0]
            dataset["run"] = {**run, "target": resolved.target}
            if args.protocol is not None:
                dataset["data_root"] = _data_root(dataset.get("data_root"), resolved.target)
        if args.data_root is not None:
            dataset["data_root"] = args.data_root
    if depth_root := getattr(args, "depth_root", None):
        _set_depth_root(loaders, depth_root)


def _set_depth_root(loaders: Sequence[dict], folder: str) -> None:
    """Set the folder of the depth maps in the pipelines that load them."""
    pipelines = [loader["dataset"].get("pipeline") or () for loader in loaders]
    steps = [step for pipeline in pipelines for step in pipeline if isinstance(step, dict) and step.get("type") == "LoadDepth"]
    if not steps:
        raise ValueError("--depth-root: this config trains without depth maps (no LoadDepth in a pipeline); remove the option.")
    for step in steps:
        step["depth_root"] = folder


def _with_protocol(run: Mapping[str, Any], protocol: str, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """A config's run with another protocol: the source is removed, the target is kept if the protocol has it."""
    if protocol not in RUNS:
        suggestion = did_you_mean(protocol, RUNS, most=1) or "."
        raise ValueError(
            f"--protocol: there is no '{protocol}'{suggestion} The protocols are {', '.join(RUNS)}; a module in "
            "custom_imports can register others, see docs/new_data.md."
        )
    if run["protocol"] == protocol:
        return dict(run)
    runs = RUNS[protocol]
    targets = [target.lower() for _, target in runs]
    target = chosen.get("target") or run.get("target") or ""
    if "target" not in chosen and target.lower() not in targets:
        target = runs[0][1]
    changed = {key: value for key, value in run.items() if key != "source"} | dict(protocol=protocol, target=target)
    # If a protocol has several runs per target, the source is needed, too.
    if len({*targets}) < len(runs) and target.lower() in targets:
        changed["source"] = runs[targets.index(target.lower())][0][0]
    return changed


def _check_domain(option: str, name: str | None, protocol: str) -> None:
    """Refuse the name of a data set in place of its domain, and say which domain it is."""
    domains = {domain.lower() for sources, target in RUNS.get(protocol, ()) for domain in (*sources, target)}
    if name is None or name.lower() in domains:
        return
    for data_set in DATA_SETS.values():
        if _letters(name) in map(_letters, _names(data_set)):
            raise ValueError(f"--{option} {name}: {data_set.domain} is {data_set.title}; --{option} {data_set.domain}.")


def _names(data_set: DataSet) -> Iterator[str]:
    """The names that people use for a data set: 'OULU-NPU', 'oulu_npu', and their first words."""
    for name in (data_set.name, data_set.title, data_set.stem):
        yield from (name, re.split("[-_ ]", name)[0])


def _letters(name: str) -> str:
    return re.sub("[-_ ]", "", name).lower()


def _data_root(root: str | None, target: str) -> str | None:
    """The shipped configs' data root that contains the target; any other data root is kept."""
    if root not in DATA_ROOTS or target in DATA_ROOTS[root]:
        return root
    return next((other for other, domains in DATA_ROOTS.items() if target in domains), root)
