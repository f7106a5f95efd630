# SPDX-License-Identifier: Apache-2.0
"""Protocols: the source domains and the target domain of every run."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from .sets import DATA_SETS

# Domain -> stem of its list files.
DOMAINS = {domain: data_set.stem for domain, data_set in DATA_SETS.items()}
# Data root of the published protocols -> domains in it.
LAYOUTS = {"MCIO": ("M", "C", "I", "O", "CelebA"), "WCS": ("W", "CeFA", "S", "CelebA")}
# Domains with lists of test images.
TESTED = [domain for domain, data_set in DATA_SETS.items() if data_set.lists.test != "none"]
# Protocol -> (sources, target) of its runs, in the order of the papers.
RUNS: dict[str, list[tuple[tuple[str, ...], str]]] = {
    # FLIP section 4.1: leave one out, leave one out, one source each.
    "p1": [(("O", "C", "I"), "M"), (("O", "M", "I"), "C"), (("O", "C", "M"), "I"), (("I", "C", "M"), "O")],
    "p2": [(("CeFA", "S"), "W"), (("S", "W"), "CeFA"), (("CeFA", "W"), "S")],
    "p3": [((source,), target) for source, target in permutations("MCIO", 2)],
    # The original split of a data set into train and test.
    "intra": [((domain,), domain) for domain in TESTED if DATA_SETS[domain].intra],
    # Limited source domains, a protocol of the field since SSDG.
    "limited": [(("M", "I"), "C"), (("M", "I"), "O")],
    # CelebA-Spoof is the only source (InstructFLIP, ACM MM 2025).
    "celeba": [(("CelebA",), target) for target in TESTED],
}
# Protocols that have a run for every tested data set, registered ones too.
JOINED_BY_ALL = ("intra", "celeba")
AUXILIARY = {"p1": ("CelebA",), "p2": ("CelebA",), "p3": ("CelebA",)}
# Role and stream name of target images that train without labels.
ADAPT = "adapt"
UNLABELLED = ("", "train", "test")
# Roles of the samples of a test.
ROLES = ("dev", "target")
# Dataloader of a config -> its split.
SPLITS = {"train_dataloader": "train", "val_dataloader": "test", "test_dataloader": "test"}


@dataclass(frozen=True)
class Run:
    """One training and its test.

    Attributes:
        protocol: A key of ``RUNS``.
        sources: Domains that train.
        aux: Auxiliary domains, which are trained on but never tested.
        target: The test domain: unseen, except in ``'intra'``, where it is the source.
        shots: Target images per class that are added to training.
        holdout: Share of the source videos that are the development set, 0 up to below 1.
        unlabelled: Target images that are added to training without labels: those of its ``'train'`` or ``'test'`` list;
            ``''`` for none. Results of such a run cannot be compared with those of a run that never saw the target.
    """

    protocol: str
    sources: tuple[str, ...]
    aux: tuple[str, ...]
    target: str
    shots: int = 0
    holdout: float = 0.0
    unlabelled: str = ""

    @property
    def train_domains(self) -> tuple[str, ...]:
        """Sources, then auxiliary domains, in the order of a batch."""
        return self.sources + self.aux

    @property
    def labelled_domains(self) -> tuple[str, ...]:
        """The domains with labelled images in training: ``train_domains``, and the target if it has shots."""
        return tuple(dict.fromkeys((*self.train_domains, *([self.target] if self.shots else []))))

    @property
    def sees_target(self) -> bool:
        """Whether training uses images of the target, with labels (shots, protocol intra) or without."""
        return bool(self.shots or self.unlabelled or self.target in self.train_domains)

    def domain_index(self, domain: str) -> int:
        """Index of a domain in ``train_domains``; the target comes last if it is not one of them.

        Raises:
            ValueError: The run does not use the domain.
        """
        order = self.train_domains if self.target in self.train_domains else (*self.train_domains, self.target)
        if domain not in order:
            raise ValueError(f"The run {self.name} does not use the domain {domain!r}; its domains are {', '.join(order)}.")
        return order.index(domain)

    @property
    def name(self) -> str:
        """Name in the papers, e.g. ``'OCM->I'``; ``'CeFA+S->W'`` if a domain has more than one letter."""
        separator = "" if all(len(domain) == 1 for domain in self.sources) else "+"
        return f"{separator.join(self.sources)}->{self.target}"


def get_run(
    protocol: str,
    target: str | None = None,
    source: str | None = None,
    shots: int = 0,
    holdout: float = 0.0,
    aux: bool = True,
    unlabelled: str = "",
) -> Run:
    """Look up a run.

    Args:
        protocol: ``'p1'``, ``'p2'``, ``'p3'``, ``'intra'``, ``'limited'``, ``'celeba'`` or a registered one.
        target: The domain to test on.
        source: The domain to train on, for protocols with several runs per target (P3).
        shots: Target images per class that are added to training, the first ones of its list of shots (5 in the paper).
        holdout: Share of the source videos, 0 up to below 1, that are the development set instead of training; whole
            subjects if the names contain them.
        aux: Whether to train on the protocol's auxiliary domains; False leaves CelebA-Spoof out of P1, P2 and P3.
        unlabelled: ``'train'`` or ``'test'``: the target's images of that list are added to training without labels, for
            unsupervised domain adaptation; ``''`` for none.

    Returns:
        The run.

    Raises:
        ValueError: No run or more than one run matches, or shots, holdout or unlabelled are out of range.

    Example:
        >>> get_run("p1", target="I").train_domains
        ('O', 'C', 'M', 'CelebA')
        >>> get_run("p3", source="C", target="I", aux=False).name
        'C->I'
    """
    if protocol not in RUNS:
        raise ValueError(f"run.protocol={protocol!r} does not exist; choose from {', '.join(RUNS)}.")
    target, source = (_fix_case(name, protocol) for name in (target, source))
    matching = [run for run in RUNS[protocol] if run[1] == target and (source is None or run[0] == (source,))]
    if len(matching) != 1:
        by_source = len({target for _, target in RUNS[protocol]}) < len(RUNS[protocol])
        runs = ", ".join(f"source={first} target={to}" if by_source else f"target={to}" for (first, *_), to in RUNS[protocol])
        given = f"run.target={target!r}" + ("" if source is None else f", run.source={source!r}")
        raise ValueError(
            f"{given}: {'several runs' if matching else 'no run'} of protocol {protocol} "
            f"{'match' if matching else 'matches'}; its runs are {runs}."
        )
    if not isinstance(shots, int) or shots < 0:
        raise ValueError(f"run.shots={shots!r} must be a whole number, 0 or more.")
    if shots and protocol == "intra":
        raise ValueError(f"run.shots={shots}: protocol intra trains on the target's own training set; use 0.")
    if not 0 <= holdout < 1:
        raise ValueError(f"run.holdout={holdout!r} must be a share of the source videos, 0 up to below 1.")
    if unlabelled not in UNLABELLED:
        raise ValueError(
            f"run.unlabelled={unlabelled!r} must be 'train' or 'test' (the list of target images to train on without labels) "
            "or ''."
        )
    if unlabelled and protocol == "intra":
        raise ValueError(f"run.unlabelled={unlabelled!r}: protocol intra trains on the target with labels; use ''.")
    (sources, target), extra = matching[0], AUXILIARY.get(protocol, ()) if aux else ()
    return Run(protocol, sources, extra, target, shots, float(holdout), unlabelled)


def run_of(settings: Mapping[str, Any]) -> Run:
    """Return the run of a config's ``dataset.run``.

    Raises:
        ValueError: There are unknown keys, or see :func:`get_run`.
    """
    keys = tuple(inspect.signature(get_run).parameters)
    if unknown := settings.keys() - {*keys}:
        raise ValueError(f"dataset.run has the unknown keys {sorted(unknown)}; its keys are {', '.join(keys)}.")
    return get_run(**settings)


def _fix_case(name: str | None, protocol: str) -> str | None:
    """Return the domain in the case of the protocol, if exactly one domain matches; otherwise as given."""
    if not isinstance(name, str):
        return name
    domains = {domain for sources, target in RUNS[protocol] for domain in (*sources, target)}
    alike = [domain for domain in domains if domain.lower() == name.lower()]
    return alike[0] if name not in domains and len(alike) == 1 else name
